/** Payloads contributed by GitHub's users. The package's main is a JSON file, which only `require` reads as it stands. */
import { createRequire } from 'node:module';
import type { Payload } from '../../src/source/github-events.ts';

interface WebhookDefinition {
  readonly name: string;
  readonly examples: readonly Payload[];
}

export const webhookExamples = createRequire(import.meta.url)('@octokit/webhooks-examples') as WebhookDefinition[];

export function exampleOf(name: string): Payload {
  const found = webhookExamples.find((definition) => definition.name === name)?.examples[0];
  if (!found) throw new Error(`There is no example of ${name}.`);
  return found;
}
