/**
 * Which pull requests were judged by the checks of which commit, and what these had come to: kept in the ledger, so that the
 * end of checks that nobody waits for costs no call to GitHub, and that of others leads to one evaluation. Of each pull
 * request the last head alone is kept.
 */
import type { CiState } from '../../src/rules/facts.ts';
import type { FunctionContext } from '../context.ts';

export interface AwaitingPull {
  readonly number: number;
  /** What they had come to; undefined while it is being read. */
  readonly ci: string | undefined;
}

const UNKNOWN = 'unknown';

interface Place {
  readonly repositoryId: number;
  readonly number: number;
  /** The commit. */
  readonly head: string;
}

/**
 * Reads the checks and keeps what they have come to. That somebody waits is written before they are read: checks that end in
 * between are looked at again.
 */
export async function readAwaitedCi(
  context: FunctionContext,
  place: Place,
  read: () => Promise<CiState | undefined>,
): Promise<CiState | undefined> {
  const { repositoryId, number, head } = place;
  const known = (await readAwaiting(context, repositoryId, head)).find((one) => one.number === number);
  if (known === undefined) await begin(context, place);
  const ci = await read();
  if (ci === undefined) {
    await context.ledger.forget(context.tenant, subjectOf(repositoryId, head), [entryOf(number)]);
  } else if (ci !== known?.ci) await write(context, place, ci);
  return ci;
}

/** Those that wait for the checks of a commit. */
export async function readAwaiting(
  { ledger, tenant }: FunctionContext,
  repositoryId: number,
  head: string,
): Promise<readonly AwaitingPull[]> {
  const entries = await ledger.read(tenant, subjectOf(repositoryId, head));
  return entries.map(({ name, reason }) => ({ number: Number(name), ci: reason === UNKNOWN ? undefined : reason }));
}

/** The commit is no longer the head of that pull request, or nobody cares any more. */
export async function forgetAwaiting(
  { ledger, tenant }: FunctionContext,
  { repositoryId, number, head }: Place,
): Promise<void> {
  await ledger.forget(tenant, subjectOf(repositoryId, head), [entryOf(number)]);
}

async function begin(context: FunctionContext, place: Place): Promise<void> {
  const { ledger, tenant, now } = context;
  const { repositoryId, number, head } = place;
  const heads = `${repositoryId}/${number}/heads`;
  const older = (await ledger.read(tenant, heads)).filter(({ name }) => name !== head.toLowerCase());
  for (const { name } of older) await forgetAwaiting(context, { repositoryId, number, head: name });
  await ledger.forget(tenant, heads, older);
  const entry = { kind: 'check', name: head.toLowerCase(), state: 'ours', reason: 'its checks are awaited' } as const;
  await ledger.write(tenant, heads, [{ ...entry, at: now() }]);
  await write(context, place, UNKNOWN);
}

async function write({ ledger, tenant, now }: FunctionContext, place: Place, reason: string): Promise<void> {
  const { repositoryId, number, head } = place;
  await ledger.write(tenant, subjectOf(repositoryId, head), [{ ...entryOf(number), state: 'ours', reason, at: now() }]);
}

function entryOf(number: number) {
  return { kind: 'check', name: String(number) } as const;
}

function subjectOf(repositoryId: number, head: string): string {
  return `${repositoryId}/checks/${head.toLowerCase()}`;
}
