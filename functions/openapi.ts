/**
 * The OpenAPI 3.1 document of the functions, which workflows name as `fairlead://functions/openapi.json`. Written to
 * `functions/openapi.json` by `npx node functions/openapi.ts`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { FUNCTIONS } from './index.ts';

/** Each operation is a POST of its parameters, as one JSON object, to its own name. */
export function toOpenApi(): Readonly<Record<string, unknown>> {
  const problem = {
    description: 'What went wrong (RFC 9457). The status is GitHub’s own, where it was GitHub that refused.',
    content: { 'application/problem+json': { schema: { type: 'object' } } },
  };
  return {
    openapi: '3.1.0',
    info: { title: 'Fairlead functions', version: '1.0.0', description: 'What a workflow may call.' },
    paths: Object.fromEntries(
      FUNCTIONS.map(({ operationId, summary, input, output }) => [
        `/${operationId}`,
        {
          post: {
            operationId,
            summary,
            requestBody: {
              required: true,
              content: { 'application/json': { schema: toSchema(input, `${operationId}.input`, 'input') } },
            },
            responses: {
              200: {
                description: 'Done.',
                content: { 'application/json': { schema: toSchema(output, `${operationId}.output`, 'output') } },
              },
              default: problem,
            },
          },
        },
      ]),
    ),
  };
}

/** With a name of its own, so that a schema that refers to itself finds itself, wherever it stands in the document. */
function toSchema(type: z.ZodType, id: string, io: 'input' | 'output'): Readonly<Record<string, unknown>> {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io });
  return schema.$defs === undefined ? schema : { $id: `fairlead://functions/${id}`, ...schema };
}

if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, 'openapi.json'), `${JSON.stringify(toOpenApi(), null, 2)}\n`);
}
