/**
 * The bot as the services of a cluster: the size of each role's bundle; pull requests a second through the look-alike of
 * Knative's broker, with 1, 2 and 4 runner processes on one Postgres that waits for its disk; its commits for a pull
 * request; and the time from spawn to the first event handled of each role's bundle, beside a bare `node:http`.
 *
 * A runner takes as many deliveries at a time as its manifest says, and a function answers after 200 ms, as one that asks
 * GitHub something: so what one runner does is bounded by waiting, as in a cluster, until the machine's processors are.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { BUNDLES, type BundleName, bundle } from '../scripts/bundle.ts';
import { CODE } from '../src/serve/compiled.ts';
import { command, startPostgres } from '../test/support/postgres.ts';
import { coldStarts } from './knative-cold.ts';
import { type KnativeWorld, openKnativeWorld } from './knative-world.ts';
import type { Report } from './report.ts';
import { CONCURRENCY, startRunners } from './runner-pool.ts';

const ROOT = join(import.meta.dirname, '..');
const RUNNERS = [1, 2, 4] as const;
const PULLS = 256;
const ALONE = 24;
const FUNCTION_MS = 200;

export async function run(report: Report): Promise<void> {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, 'dist', 'knative-'));
  const postgres = await startPostgres({ isDurable: true });
  try {
    const entries = new Map<BundleName, string>();
    for (const name of BUNDLES) {
      entries.set(name, await bundle(name, join(folder, name)));
      const [whole, code] = [sizeOf(join(folder, name)) / 1e6, sizeOf(join(folder, name), CODE) / 1e6];
      report.add({ figure: `bundle, ${name}`, unit: 'MB', ours: whole, peers: {}, ratio: whole });
      report.add({ figure: `of it what V8 made of it, ${name}`, unit: 'MB', ours: code, peers: {}, ratio: code });
    }
    const databaseUrl = await postgres.createDatabase();
    const functionsEntry = entries.get('functions') as string;
    const world = await openKnativeWorld({ functionsEntry, folder, databaseUrl });
    try {
      await scale(report, { world, entry: entries.get('runner') as string, folder, databaseUrl });
      await coldStarts(report, { world, entries, folder });
    } finally {
      await world.close();
    }
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true });
  }
}

async function scale(
  report: Report,
  options: {
    readonly world: KnativeWorld;
    readonly entry: string;
    readonly folder: string;
    readonly databaseUrl: string;
  },
): Promise<void> {
  const { world, entry, folder: cwd, databaseUrl } = options;
  const env = { ...world.environment, K_SINK: world.brokerUrl, FAIRLEAD_FUNCTIONS_URL: world.functionsUrl };
  report.note(
    `${PULLS} pull requests, ${CONCURRENCY} at a time for each runner, functions answer after ${FUNCTION_MS} ms; ` +
      `${availableParallelism()} processors for the runners, Postgres, the broker and this benchmark`,
  );
  const rates: number[] = [];
  for (const count of RUNNERS) {
    const pool = await startRunners({ entry, count, cwd, env });
    try {
      world.serveBy(pool);
      world.delayBy(0);
      // The very first brings the functions' answers, the others warm up.
      await world.bring(1, 1);
      await world.bring(CONCURRENCY * count, CONCURRENCY * count);
      if (count === 1) {
        const before = await writingTransactions(databaseUrl);
        await world.bring(ALONE, 1);
        const each = ((await writingTransactions(databaseUrl)) - before) / ALONE;
        const figure = 'Postgres commits for a pull request, one at a time';
        report.add({ figure, unit: 'commits', ours: each, peers: {}, ratio: each });
      }
      world.delayBy(FUNCTION_MS);
      const before = await writingTransactions(databaseUrl);
      const cpu = pool.cpuMs();
      const begun = performance.now();
      await world.bring(PULLS, CONCURRENCY * count);
      const rate = (PULLS * 1000) / (performance.now() - begun);
      rates.push(rate);
      const runners = count === 1 ? '1 runner' : `${count} runners`;
      report.add({
        figure: `pull requests through the look-alike, ${runners}`,
        unit: 'per second',
        ours: rate,
        peers: { '1 runner': rates[0] as number },
        ratio: rate / (rates[0] as number),
      });
      const cpuEach = (pool.cpuMs() - cpu) / PULLS;
      const cpuFigure = `CPU time of the runners for one, ${runners}`;
      report.add({ figure: cpuFigure, unit: 'ms', ours: cpuEach, peers: {}, ratio: cpuEach });
      const each = ((await writingTransactions(databaseUrl)) - before) / PULLS;
      const figure = `Postgres commits for a pull request, ${runners}`;
      report.add({ figure, unit: 'commits', ours: each, peers: {}, ratio: each });
    } finally {
      await pool.stop();
    }
  }
}

/** How many transactions have written, and so waited for the disk, since the server was made. Reading has no number. */
async function writingTransactions(url: string): Promise<number> {
  const { rows } = await command(url, 'select pg_snapshot_xmax(pg_current_snapshot())::text as xmax');
  return Number((rows as readonly { readonly xmax: string }[])[0]?.xmax);
}

/** @param ending of the names that count, all where it is absent */
function sizeOf(folder: string, ending = ''): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, about) => sum + (about.isFile() ? about.size : 0), 0);
}
