/**
 * What this process remembers of GitHub: a value per key, for a while unasked, then refreshed with the help of the one that
 * is known. Callers at the same time share one refresh. A value that is not `lasting` is remembered by nobody.
 */
export interface Recalled<Value> {
  readonly value: Value;
  readonly lasting: boolean;
}

export type Memory<Value> = (
  key: readonly (string | number)[],
  refresh: (known: Value | undefined) => Promise<Recalled<Value>>,
) => Promise<Value>;

const KEPT = 1_000;

export function createMemory<Value>(
  { now }: { readonly now: () => number },
  { freshMs }: { readonly freshMs: number },
): Memory<Value> {
  const memories = new Map<string, { readonly readAt: number; readonly value: Value }>();
  const pending = new Map<string, Promise<Value>>();

  return async (parts, refresh) => {
    const key = JSON.stringify(parts);
    const known = memories.get(key);
    if (known !== undefined && now() - known.readAt < freshMs) return known.value;

    async function renew(): Promise<Value> {
      const readAt = now();
      const { value, lasting } = await refresh(known?.value);
      if (!lasting) return value;
      memories.delete(key);
      memories.set(key, { readAt, value });
      const [oldest] = memories.keys();
      if (memories.size > KEPT && oldest !== undefined) memories.delete(oldest);
      return value;
    }

    let reading = pending.get(key);
    if (reading === undefined) {
      reading = renew().finally(() => pending.delete(key));
      pending.set(key, reading);
    }
    return reading;
  };
}
