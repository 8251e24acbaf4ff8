import type { Octokit } from '@octokit/rest';
import { FairleadError } from '../events/fairlead-error.ts';
import type { Answered } from './exchange.ts';

type Answer = Awaited<ReturnType<Octokit['request']>>;

/** An answer that refuses, as {@link toGitHubError} reads it. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly response: Pick<Answered, 'headers'>;

  constructor(message: string, { status, headers }: Answered) {
    super(message);
    this.status = status;
    this.response = { headers };
  }
}

/**
 * What an exchange came to, as Octokit's callers expect it; `304 Not Modified` has no data.
 * @throws Refusal for a status of 400 and above; FairleadError `github.unavailable` for JSON that does not parse
 */
export function toAnswer(sent: { readonly method: string; readonly url: string }, answered: Answered): Answer {
  const { status, headers, text } = answered;
  const data = text !== '' && headers['content-type']?.startsWith('application/json') ? parse(sent, text) : text;
  if (status >= 400) throw new Refusal(toMessage(data), answered);
  return { status: status as Answer['status'], url: sent.url, headers, data };
}

function parse({ method, url }: { readonly method: string; readonly url: string }, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FairleadError('github.unavailable', `GitHub answered ${method} ${url} with broken JSON.`, { cause });
  }
}

/** GitHub's own words, with the fields at fault. */
function toMessage(data: unknown): string {
  if (typeof data !== 'object' || data === null) return String(data);
  const { message, errors } = data as { readonly message?: unknown; readonly errors?: unknown };
  const fields = Array.isArray(errors) ? `: ${errors.map((error) => JSON.stringify(error)).join(', ')}` : '';
  return `${String(message)}${fields}`;
}
