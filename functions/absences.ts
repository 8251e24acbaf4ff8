/**
 * Who said that they are away, per installation: kept in the ledger under a subject of its own, one entry per person, so that
 * it holds in every repository of the installation and costs no call to GitHub.
 */
import type { Absence } from '../src/rules/availability.ts';
import type { FunctionContext } from './context.ts';

const SUBJECT = 'absences';

export async function readAbsences({ ledger, tenant }: FunctionContext): Promise<readonly Absence[]> {
  const entries = await ledger.read(tenant, SUBJECT);
  return entries.flatMap(({ kind, name, reference }) =>
    kind === 'absence' && reference !== undefined ? [{ person: name, until: reference }] : [],
  );
}

/** `until` is the last day, `YYYY-MM-DD`; null ends the absence. What is over is forgotten by the way. */
export async function writeAbsence(
  context: FunctionContext,
  { login, until, today }: { readonly login: string; readonly until: string | null; readonly today: string },
): Promise<void> {
  const { ledger, tenant } = context;
  const over = (await readAbsences(context)).filter((absence) => absence.until < dayBefore(today));
  const gone = [...over.map(({ person }) => person), ...(until === null ? [login] : [])];
  if (gone.length > 0) {
    await ledger.forget(
      tenant,
      SUBJECT,
      gone.map((name) => ({ kind: 'absence', name })),
    );
  }
  if (until === null) return;
  const entry = {
    kind: 'absence',
    name: login,
    state: 'ours',
    reason: 'said by themselves',
    at: context.now(),
  } as const;
  await ledger.write(tenant, SUBJECT, [{ ...entry, reference: until }]);
}

/** In some time zone of another repository a day may last longer. */
function dayBefore(day: string): string {
  return new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
}
