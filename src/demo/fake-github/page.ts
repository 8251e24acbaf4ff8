import type { Call } from './call.ts';

/** One page of a list by `per_page` (30, at most 100) and `page`, with its neighbours in the `Link` header. */
export function page<Item>(
  call: Call,
  items: readonly Item[],
): { items: readonly Item[]; headers: Record<string, string> } {
  const size = Math.min(Math.max(numberOf(call.query.get('per_page'), 30), 1), 100);
  const number = Math.max(numberOf(call.query.get('page'), 1), 1);
  const last = Math.max(Math.ceil(items.length / size), 1);
  const links: string[] = [];
  const link = (rel: string, target: number) =>
    links.push(`<${pageUrl(call, { page: String(target) })}>; rel="${rel}"`);
  if (number > 1) link('prev', number - 1);
  if (number < last) {
    link('next', number + 1);
    link('last', last);
  }
  if (number > 1) link('first', 1);
  return {
    items: items.slice((number - 1) * size, number * size),
    headers: links.length > 0 ? { link: links.join(', ') } : {},
  };
}

/** The address of this call with other query parameters. */
export function pageUrl(call: Call, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(call.url);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

export function numberOf(text: string | null, fallback: number): number {
  return text !== null && /^\d+$/.test(text) ? Number(text) : fallback;
}
