/**
 * What was read of GitHub and changes seldom (who is in a team, a calendar of holidays), kept in this process for
 * {@link FRESH_MS}. What could not be read is not kept.
 */
export interface FactCache {
  /** `key` names the tenant as well: nobody is told what another installation may see. */
  read<Value>(key: readonly (string | number)[], load: () => Promise<Value>): Promise<Value>;
}

const FRESH_MS = 600_000;
const KEPT = 1_000;

export function createFactCache({ now }: { readonly now: () => number }): FactCache {
  const kept = new Map<string, { readonly at: number; readonly value: Promise<unknown> }>();
  return {
    read<Value>(parts: readonly (string | number)[], load: () => Promise<Value>) {
      const key = JSON.stringify(parts);
      const known = kept.get(key);
      if (known !== undefined && now() - known.at < FRESH_MS) return known.value as Promise<Value>;
      const value = load();
      const entry = { at: now(), value };
      kept.delete(key);
      kept.set(key, entry);
      const [oldest] = kept.keys();
      if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
      value.catch(() => kept.get(key) === entry && kept.delete(key));
      return value;
    },
  };
}
