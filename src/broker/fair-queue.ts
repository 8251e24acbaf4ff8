/**
 * Turns among tenants: deficit round robin in which every delivery costs the same. The tenant whose turn it is gives its
 * oldest item and goes to the end of the round; one that may not go now keeps its place, and so its claim to be first. A
 * tenant with 100,000 items waiting delays another's only one by one item.
 */
export interface FairQueue<Item> {
  readonly size: number;
  add(tenant: string, item: Item): void;
  /** The next item whose tenant may go now. */
  take(mayGo: (tenant: string) => boolean): Item | undefined;
  sizeOf(tenant: string): number;
}

export function createFairQueue<Item>(): FairQueue<Item> {
  // A map iterates in the order of insertion, which is the round.
  const round = new Map<string, Item[]>();
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(tenant, item) {
      size += 1;
      const items = round.get(tenant);
      if (items === undefined) round.set(tenant, [item]);
      else items.push(item);
    },
    take(mayGo) {
      for (const [tenant, items] of round) {
        if (!mayGo(tenant)) continue;
        const item = items.shift();
        round.delete(tenant);
        if (items.length > 0) round.set(tenant, items);
        size -= 1;
        return item;
      }
      return undefined;
    },
    sizeOf: (tenant) => round.get(tenant)?.length ?? 0,
  };
}
