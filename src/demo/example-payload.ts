import { createRequire } from 'node:module';

/** The collection is JSON, which an `import` would have to be told, and is loaded when it is needed. */
const require = createRequire(import.meta.url);

/** One webhook's payload as GitHub's community collected them; only what every one may have is named. */
export interface ExamplePayload {
  readonly action?: string;
  readonly installation?: { readonly id: number };
  readonly [field: string]: unknown;
}

interface Examples {
  readonly name: string;
  readonly examples: readonly ExamplePayload[];
}

/**
 * The collected examples of an event, none for an event that is not in the collection; undefined where the collection is not
 * installed. It is a development dependency: a checkout has it, an installed package does not.
 */
export function examplePayloads(event: string): readonly ExamplePayload[] | undefined {
  const all = collection();
  return all && (all.find(({ name }) => name === event)?.examples ?? []);
}

/** The events there are examples of; none where the collection is not installed. */
export function exampleEvents(): readonly string[] {
  return collection()?.map(({ name }) => name) ?? [];
}

function collection(): readonly Examples[] | undefined {
  try {
    return require('@octokit/webhooks-examples') as readonly Examples[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
