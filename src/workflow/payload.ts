import type { Json } from '../expression/json.ts';

/** Whether the value's JSON is longer than the limit; stops counting there. */
export function exceeds(value: Json, limit: number): boolean {
  return measure(value, limit) < 0;
}

/** What is left of the allowance after the value; negative when it is used up. */
function measure(value: Json, allowance: number): number {
  if (typeof value === 'string') return allowance - value.length - 2;
  if (typeof value !== 'object' || value === null) return allowance - 5;
  let left = allowance - 2;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) {
      left = measure(item, left - 1);
      if (left < 0) return left;
    }
    return left;
  }
  for (const key in value) {
    left = measure((value as { readonly [key: string]: Json })[key] as Json, left - key.length - 4);
    if (left < 0) return left;
  }
  return left;
}
