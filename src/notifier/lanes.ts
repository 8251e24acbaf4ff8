/** Runs tasks of the same key one after the other, and those of different keys side by side. A failed task does not stop the next. */
export type InLane = <Result>(key: string, task: () => Promise<Result>) => Promise<Result>;

export function createLanes(): InLane {
  const tails = new Map<string, Promise<void>>();
  return async function inLane(key, task) {
    const before = tails.get(key);
    const { promise: tail, resolve: leave } = Promise.withResolvers<void>();
    tails.set(key, tail);
    try {
      await before;
      return await task();
    } finally {
      if (tails.get(key) === tail) tails.delete(key);
      leave();
    }
  };
}
