/**
 * Whether a pull request is evaluated anew when a label comes or goes: kept in the ledger, because only the rules ask for it
 * and whoever hears of the label has not read them.
 */
import type { FunctionContext, LedgerEntry } from './context.ts';

const RECHECK = { kind: 'check', name: 'labels' } as const;

export function isRecheck({ kind, name }: LedgerEntry): boolean {
  return kind === RECHECK.kind && name === RECHECK.name;
}

export async function noteRecheck(
  { ledger, tenant, now }: FunctionContext,
  subject: string,
  recheck: 'begin' | 'end' | undefined,
): Promise<void> {
  if (recheck === 'begin') {
    await ledger.write(tenant, subject, [{ ...RECHECK, state: 'ours', reason: 'the rules look at labels', at: now() }]);
  } else if (recheck === 'end') {
    await ledger.forget(tenant, subject, [RECHECK]);
  }
}
