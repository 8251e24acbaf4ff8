import type { Clock } from '../observe/clock.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Claim, CreateResult, Journal, RunRecord } from '../workflow/journal.ts';

/**
 * The journal, with the runs that end through it counted, and those timed that had begun. The runtime knows no metrics and
 * the journal no process, so that this is the one place that sees every end: by an append, or by the creation of a run that
 * another does for or that does for others.
 */
export function countRuns(dependencies: { journal: Journal; metrics: Metrics; clock: Clock }): Journal {
  const { journal, metrics, clock } = dependencies;
  /** By the claim itself: of one that was lost to another process or given back, nothing is left here. */
  const claimed = new WeakMap<Claim, RunRecord>();
  return {
    ...journal,
    async create(run) {
      const result = await journal.create(run);
      const unbegun = endedUnbegun(result);
      if (unbegun > 0) metrics.count('runs_total', { workflow: run.definition.name, status: 'cancelled' }, unbegun);
      return result;
    },
    async claim(owner, now, leaseUntil, limit) {
      const runs = await journal.claim(owner, now, leaseUntil, limit);
      for (const { claim, record } of runs) claimed.set(claim, record);
      return runs;
    },
    async append(claim, entries, change, consumed) {
      await journal.append(claim, entries, change, consumed);
      const record = claimed.get(claim);
      if (record === undefined) return;
      const workflow = record.definition.name;
      for (const { kind } of entries) metrics.count('steps_total', { workflow, kind });
      if (change === undefined || !isEnd(change.status)) return;
      metrics.count('runs_total', { workflow, status: change.status });
      metrics.time('run_seconds', { workflow }, (clock.now() - (record.startedAt ?? record.createdAt)) / 1000);
    },
  };
}

/** How many runs ended by the creation of one, itself included. All are of its definition's name. */
function endedUnbegun(result: CreateResult): number {
  switch (result.outcome) {
    case 'created':
      return (result.joined?.length ?? 0) + (result.superseded?.length ?? 0);
    case 'known':
      return 0;
    case 'superseded':
    case 'joined':
      return 1;
  }
}

function isEnd(status: RunRecord['status']): boolean {
  return status === 'completed' || status === 'faulted' || status === 'cancelled';
}
