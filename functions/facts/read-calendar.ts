/** The holidays around a day, out of the calendar file that the configuration names: one call, kept for a while. */
import { LARGEST_CALENDAR, type ReadHolidays, readHolidays } from '../../src/rules/holidays.ts';
import type { FunctionContext } from '../context.ts';

export interface CalendarPlace {
  readonly owner: string;
  readonly repo: string;
  /** Name of the branch whose file counts. */
  readonly base: string;
  readonly path: string;
}

/** As far as a reminder may look ahead. */
const DAYS_AHEAD = 60;
const DAY = 86_400_000;

/** Time zones differ by less than a day, to both sides. */
export async function readCalendar(context: FunctionContext, place: CalendarPlace): Promise<ReadHolidays> {
  const { github, tenant, signal, cache } = context;
  const { owner, repo, base, path } = place;
  const text = await cache.read([tenant, 'calendar', owner, repo, base, path], async () => {
    const route = 'GET /repos/{owner}/{repo}/contents/{path}';
    const { data } = await github.request(route, {
      owner,
      repo,
      path,
      ref: base,
      request: { signal, remembered: true },
    });
    if (Array.isArray(data) || data.type !== 'file' || !('content' in data)) return undefined;
    return data.size > LARGEST_CALENDAR ? undefined : Buffer.from(data.content, 'base64').toString('utf8');
  });
  if (text === undefined)
    return { holidays: [], problems: [`it is no file of at most ${LARGEST_CALENDAR / 1024} KiB`] };
  const today = context.now();
  const dayAt = (at: number) => new Date(at).toISOString().slice(0, 10);
  return readHolidays(text, dayAt(today - DAY), dayAt(today + DAYS_AHEAD * DAY));
}
