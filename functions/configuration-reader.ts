/**
 * `.github/fairlead.yml` of a branch, remembered per installation, repository and branch: for {@link FRESH_MS} unasked,
 * then for as long as GitHub answers that it is unchanged (which costs nothing of the rate limit).
 *
 * Four outcomes are told apart: a configuration, none, one that cannot be read, and GitHub's refusal to show it. GitHub
 * being unwell is none of them: it rejects, and is remembered by nobody.
 */
import type { Octokit } from '@octokit/rest';
import { FairleadError } from '../src/events/fairlead-error.ts';
import type { Configuration } from '../src/rules/configuration.ts';
import {
  type ConfigurationProblem,
  LARGEST_CONFIGURATION,
  parseConfiguration,
} from '../src/rules/parse-configuration.ts';
import { toRoute } from './pull-request.ts';

export type FoundConfiguration =
  | { readonly outcome: 'found'; readonly configuration: Configuration }
  | { readonly outcome: 'none' }
  | { readonly outcome: 'unreadable'; readonly problems: readonly ConfigurationProblem[] }
  | { readonly outcome: 'unavailable'; readonly reason: string };

export interface ConfigurationPlace {
  readonly tenant: string;
  readonly repository: { readonly id: number; readonly fullName: string };
  /** Name of the branch. */
  readonly base: string;
}

export type ConfigurationReader = (github: Octokit, place: ConfigurationPlace) => Promise<FoundConfiguration>;

export const CONFIGURATION_PATH = '.github/fairlead.yml';
const FRESH_MS = 60_000;
const KEPT = 1_000;

interface Memory {
  readonly readAt: number;
  readonly etag: string | undefined;
  readonly found: FoundConfiguration;
}

export function createConfigurationReader(dependencies: { readonly now: () => number }): ConfigurationReader {
  const { now } = dependencies;
  const memories = new Map<string, Memory>();
  const pending = new Map<string, Promise<FoundConfiguration>>();

  async function refresh(github: Octokit, place: ConfigurationPlace, key: string): Promise<FoundConfiguration> {
    const known = memories.get(key);
    const readAt = now();
    const answer = await request(github, place, known?.etag);
    if (answer.found?.outcome === 'unavailable') return answer.found;
    const unchanged = answer.found === undefined ? known : undefined;
    const found = answer.found ?? known?.found ?? { outcome: 'none' };
    memories.delete(key);
    memories.set(key, { readAt, etag: unchanged?.etag ?? answer.etag, found });
    const [oldest] = memories.keys();
    if (memories.size > KEPT && oldest !== undefined) memories.delete(oldest);
    return found;
  }

  return async (github, place) => {
    const key = JSON.stringify([place.tenant, place.repository.id, place.base]);
    const known = memories.get(key);
    if (known !== undefined && now() - known.readAt < FRESH_MS) return known.found;
    let reading = pending.get(key);
    if (reading === undefined) {
      reading = refresh(github, place, key).finally(() => pending.delete(key));
      pending.set(key, reading);
    }
    return reading;
  };
}

/** `found` is undefined where GitHub says that nothing has changed. */
async function request(
  github: Octokit,
  { repository, base }: ConfigurationPlace,
  etag: string | undefined,
): Promise<{ readonly found: FoundConfiguration | undefined; readonly etag: string | undefined }> {
  try {
    const { status, headers, data } = await github.request('GET /repos/{owner}/{repo}/contents/{path}', {
      ...toRoute(repository.fullName),
      path: CONFIGURATION_PATH,
      ref: base,
      ...(etag === undefined ? {} : { headers: { 'if-none-match': etag } }),
    });
    return { found: (status as number) === 304 ? undefined : toConfiguration(data), etag: headers.etag };
  } catch (error) {
    if (!(error instanceof FairleadError) || error.retryable) throw error;
    if (error.code === 'github.not_found') return { found: { outcome: 'none' }, etag: undefined };
    return { found: { outcome: 'unavailable', reason: error.message }, etag: undefined };
  }
}

function toConfiguration(data: unknown): FoundConfiguration {
  const { type, size, content, encoding } = (data ?? {}) as Record<string, unknown>;
  if (Array.isArray(data) || type !== 'file') return unreadable('is not a file');
  if (Number(size) > LARGEST_CONFIGURATION || encoding !== 'base64' || typeof content !== 'string') {
    return unreadable(`the file is larger than ${LARGEST_CONFIGURATION / 1024} KiB`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(content, 'base64'));
  } catch {
    return unreadable('the file is not UTF-8');
  }
  const { configuration, problems } = parseConfiguration(text);
  return configuration === undefined ? { outcome: 'unreadable', problems } : { outcome: 'found', configuration };
}

function unreadable(message: string): FoundConfiguration {
  return { outcome: 'unreadable', problems: [{ line: 1, column: 1, where: '', message }] };
}
