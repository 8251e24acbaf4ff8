import { toRoute } from '../../functions/pull-request.ts';
import { EVALUATION_REQUESTED } from '../events/catalogue.ts';
import type { Event } from '../events/event.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import type { ReadRepository } from '../house/reading-github.ts';
import type { Notes } from '../store/store.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { decideOn, readBaseRules, readPullFacts } from './rules-on-github.ts';
import { plain, toJsonText } from './terminal.ts';
import { usage } from './usage.ts';
import { withStore } from './with-store.ts';

const PAGE_SIZE = 100;
/** What the bot spends on a pull request that is new to it: docs/decisions/0006-github-calls.md. */
const CALLS_PER_PULL = 4;
const ANSWER_WITHIN_MS = 30_000;

type Pull = Awaited<ReturnType<typeof listOpen>>['pulls'][number];

/** How far a backfill has come, kept in the store under the repository's name. */
interface Progress {
  /** Names the backfill: what it asks for twice is done once. */
  readonly startedAt: number;
  /** The last pull request asked for; they go by number. */
  readonly upTo: number;
}

/** `fairlead backfill owner/repo`: exit 1 while there is more to do, and the same command goes on. */
export async function backfill(invocation: Invocation): Promise<number> {
  const {
    context,
    arguments: [fullName = ''],
    count,
    flag,
    option,
  } = invocation;
  if (!/^[\w.-]+\/[\w.-]+$/.test(fullName)) throw usage(`“${fullName}” is not a repository. Write owner/repo.`);
  const config = context.readConfig(context.environment);
  const { openForReading } = await import('../house/reading-github.ts');
  const place = await openForReading(config, fullName);
  const limit = count('limit') ?? Number.POSITIVE_INFINITY;
  const { rateShare } = config;
  if (flag('dry-run')) return tryOut(invocation, place, { limit, rateShare });

  const { internalHost, internalPort, internalToken: token } = config.http;
  const host = internalHost.includes(':') ? `[${internalHost}]` : internalHost;
  const url = option('url') ?? `http://${host}:${internalPort}/events`;
  const note = `backfill ${place.repository.id}`;
  return withStore(context, async ({ notes }) => {
    const { tenant } = place.context;
    let progress = (await readProgress(notes, tenant, note)) ?? { startedAt: context.now(), upTo: 0 };
    if (progress.upTo > 0) context.stdout.write(`Going on after #${progress.upTo}.\n`);
    let asked = 0;
    for (let page = 1; ; page += 1) {
      const listed = await listOpen(place, page, rateShare);
      const left = listed.pulls.filter(({ number }) => number > progress.upTo);
      const room = Math.max(0, Math.min(limit, Math.floor(listed.room / CALLS_PER_PULL)) - asked);
      const next = left.slice(0, room);
      if (next.length > 0) {
        const events = next.map((pull) => toEvent(place, pull, progress.startedAt));
        await publish(url, token, events);
        asked += next.length;
        progress = { ...progress, upTo: next.at(-1)?.number ?? progress.upTo };
        await notes.write(tenant, note, JSON.stringify(progress));
        context.stdout.write(`${asked} pull requests asked for, up to #${progress.upTo}\n`);
      }
      if (next.length < left.length) {
        const why = asked >= limit ? '--limit is reached' : `the hour’s share of GitHub’s calls would be used up`;
        context.stdout.write(`Stopped: ${why}. The same command goes on after #${progress.upTo}.\n`);
        return EXIT_CODES.failed;
      }
      if (listed.isLast) break;
    }
    await notes.write(tenant, note, '');
    context.stdout.write(`${asked === 0 ? 'There was none left' : 'All are asked for'}; the bot evaluates them now.\n`);
    return EXIT_CODES.done;
  });
}

async function readProgress(notes: Notes, tenant: string, name: string): Promise<Progress | undefined> {
  const text = await notes.read(tenant, name);
  return text === undefined || text === '' ? undefined : (JSON.parse(text) as Progress);
}

/** Open ones, the oldest first, so that a new one moves no page; `room` is how many calls the share of the hour leaves. */
async function listOpen({ context, repository }: ReadRepository, page: number, rateShare: number) {
  const { data, headers } = await context.github.request('GET /repos/{owner}/{repo}/pulls', {
    ...toRoute(repository.full_name),
    state: 'open',
    sort: 'created',
    direction: 'asc',
    per_page: PAGE_SIZE,
    page,
  });
  const [limit, used] = [Number(headers['x-ratelimit-limit']), Number(headers['x-ratelimit-used'])];
  const room = Number.isNaN(limit) || Number.isNaN(used) ? Number.POSITIVE_INFINITY : limit * rateShare - used;
  return { pulls: data, room, isLast: data.length < PAGE_SIZE };
}

function toEvent({ context, repository }: ReadRepository, pull: Pull, startedAt: number): Event {
  const { base, head, _links, ...rest } = pull;
  return {
    specversion: '1.0',
    // The same again after a death between the asking and the writing down, so that it is known again.
    id: `backfill-${startedAt}-${pull.number}-${pull.updated_at}`,
    source: repository.html_url,
    subject: String(pull.number),
    type: EVALUATION_REQUESTED,
    time: new Date(startedAt).toISOString(),
    datacontenttype: 'application/json',
    tenant: context.tenant,
    data: {
      action: 'evaluation_requested',
      reason: 'a backfill',
      number: pull.number,
      // Both repositories in full are most of a pull request, and nobody reads them.
      pull_request: {
        ...rest,
        draft: pull.draft ?? false,
        base: { ref: base.ref, sha: base.sha },
        head: { ref: head.ref, sha: head.sha, repo: head.repo && { id: head.repo.id } },
      },
      repository,
      installation: { id: Number(context.tenant) },
    },
  };
}

async function publish(url: string, token: string | undefined, events: readonly Event[]): Promise<void> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/cloudevents-batch+json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(events),
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
  } catch (cause) {
    const hint = 'Is the bot running? “fairlead start” runs it; --url names another.';
    throw new FairleadError('delivery.failed', `No answer from ${url}. ${hint}`, { cause });
  }
  if (response.ok) return;
  const said = plain((await response.text()).slice(0, 500));
  throw new FairleadError('delivery.failed', `${url} answered ${response.status}: ${said}`);
}

/** What would be done, pull request by pull request; nothing is asked of the bot, and nothing is remembered. */
async function tryOut(
  { context: { stdout }, flag }: Invocation,
  place: ReadRepository,
  { limit, rateShare }: { readonly limit: number; readonly rateShare: number },
): Promise<number> {
  let tried = 0;
  for (let page = 1; ; page += 1) {
    const { pulls, room, isLast } = await listOpen(place, page, rateShare);
    for (const pull of pulls) {
      if (tried >= limit || tried * CALLS_PER_PULL >= room) {
        stdout.write(`Stopped after ${tried} pull requests; nothing was written.\n`);
        return EXIT_CODES.failed;
      }
      tried += 1;
      const given = { ...pull, draft: pull.draft ?? false } as Parameters<typeof readBaseRules>[1];
      const rules = await readBaseRules(place, given);
      const { labels, reviewers } = await decideOn(place, await readPullFacts(place, given, [rules]), rules);
      const told = {
        number: pull.number,
        title: pull.title,
        add: labels.add.map(({ name }) => name),
        remove: labels.remove.map(({ name }) => name),
        request: reviewers.request.map(({ name }) => name),
      };
      if (flag('json')) stdout.write(`${toJsonText(told)}\n`);
      else stdout.write(plain(`#${told.number} ${told.title}: ${describe(told)}`).concat('\n'));
    }
    if (isLast) break;
  }
  if (!flag('json')) stdout.write(`${tried} open pull requests; nothing was written.\n`);
  return EXIT_CODES.done;
}

function describe(told: Readonly<Record<'add' | 'remove' | 'request', readonly string[]>>): string {
  const parts = [
    ...told.add.map((name) => `+ ${name}`),
    ...told.remove.map((name) => `- ${name}`),
    ...told.request.map((name) => `asks ${name}`),
  ];
  return parts.length === 0 ? 'nothing to do' : parts.join(', ');
}
