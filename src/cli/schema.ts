import { toJsonSchema } from '../workflow/json-schema.ts';
import { EXIT_CODES, type Invocation } from './command.ts';

/** `fairlead schema`. */
export async function schema({ context }: Invocation): Promise<number> {
  context.stdout.write(`${JSON.stringify(toJsonSchema(), null, 2)}\n`);
  return EXIT_CODES.done;
}
