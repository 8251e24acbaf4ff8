import type { Clock } from '../observe/clock.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Journal, RunRecord } from '../workflow/journal.ts';

/**
 * The journal, with the runs that end through it counted and timed. The runtime knows no metrics and the journal no
 * process, so that this is the one place that sees every end.
 */
export function countRuns(dependencies: { journal: Journal; metrics: Metrics; clock: Clock }): Journal {
  const { journal, metrics, clock } = dependencies;
  const claimed = new Map<string, RunRecord>();
  return {
    ...journal,
    async claim(owner, now, leaseUntil, limit) {
      const runs = await journal.claim(owner, now, leaseUntil, limit);
      for (const { claim, record } of runs) claimed.set(claim.runId, record);
      return runs;
    },
    async append(claim, entries, change, consumed) {
      await journal.append(claim, entries, change, consumed);
      const record = claimed.get(claim.runId);
      if (record !== undefined) {
        for (const { kind } of entries) metrics.count('steps_total', { workflow: record.definition.name, kind });
      }
      if (change === undefined || change.status === 'running') return;
      claimed.delete(claim.runId);
      if (record === undefined || change.status === 'waiting' || change.status === 'suspended') return;
      const workflow = record.definition.name;
      metrics.count('runs_total', { workflow, status: change.status });
      metrics.time('run_seconds', { workflow }, (clock.now() - (record.startedAt ?? record.createdAt)) / 1000);
    },
  };
}
