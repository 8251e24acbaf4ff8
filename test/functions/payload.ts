import { createRequire } from 'node:module';

interface Examples {
  readonly name: string;
  readonly examples: readonly { readonly action?: string; readonly installation?: unknown }[];
}

const examples: readonly Examples[] = createRequire(import.meta.url)('@octokit/webhooks-examples');

/** GitHub's own example of a webhook, the first of that action that names an installation. */
// biome-ignore lint/suspicious/noExplicitAny: a payload is taken apart at will in tests.
export function payloadOf(action: string, name = 'pull_request'): any {
  const group = examples.find((one) => one.name === name);
  const example = group?.examples.find((one) => one.action === action && one.installation !== undefined);
  if (example === undefined) throw new Error(`There is no example of ${name}.${action}.`);
  return structuredClone(example);
}
