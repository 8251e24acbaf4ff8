import { z } from 'zod';
import { optionsOf } from './schema/dispatch.ts';
import { task, taskList } from './schema/task.ts';
import { workflowSchema } from './schema/workflow.ts';
import { shareRepeated } from './shared-schema.ts';

/**
 * The JSON Schema (2020-12) of definitions, for editors. It is made of the schema that definitions are checked with, but for
 * what JSON Schema cannot say of it; so a document that it accepts can still be refused when it is loaded.
 */
export function toJsonSchema(): Readonly<Record<string, unknown>> {
  const names = new Map<z.ZodType, string>();
  const definitions: Record<string, object> = {};

  /** What a dispatching schema may choose becomes alternatives, each defined once. */
  function alternatives(options: readonly z.ZodType[]): object {
    return {
      anyOf: options.map((option) => {
        const name = names.get(option) ?? `task${names.size + 1}`;
        if (!names.has(option)) {
          names.set(option, name);
          definitions[name] = convert(option);
        }
        return { $ref: `#/$defs/${name}` };
      }),
    };
  }

  function convert(schema: z.ZodType): object {
    const { $schema: _version, ...converted } = z.toJSONSchema(schema, {
      unrepresentable: 'any',
      reused: 'inline',
      override({ zodSchema, jsonSchema }) {
        const options = optionsOf(zodSchema);
        if (options !== undefined) Object.assign(jsonSchema, alternatives(options));
      },
    });
    return converted;
  }

  return shareRepeated({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Open Workflow DSL 1.0, as Fairlead runs it',
    ...convert(workflowSchema(task, taskList)),
    $defs: definitions,
  });
}
