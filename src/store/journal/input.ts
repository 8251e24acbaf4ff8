/**
 * A run's input as it is kept. Where it carries the data of an event that the store keeps already, that is left there: a
 * webhook's payload is nearly all of an input, and it would be serialised and written a second time.
 */
import type { KeptEvents } from '../kept-events.ts';
import { type Packed, unpackData } from '../packed-data.ts';
import { type Body, fromBody, toBody } from './body.ts';
import type { Json } from './run.ts';

/** Where in an input an event's data lies: it is the input, one of a list, or the `data` of either. */
type Place = readonly (number | 'data')[];

export interface InputBody extends Body {
  /** The event whose data is left out of `body`, and the place that it belongs to. */
  readonly event?: { readonly id: string; readonly at: string };
}

/** As it is read: the columns of the row, and the data of its event. */
export interface StoredInput {
  readonly body: string | null;
  readonly data_at: string | null;
  readonly data: Packed | null;
}

export function toInputBody(tenant: string, input: Json, keptEvents: KeptEvents | undefined): InputBody {
  if (keptEvents === undefined) return toBody(input);
  for (const [place, data] of placesIn(input)) {
    const id = keptEvents.idOf(tenant, data);
    if (id !== undefined) return { ...toBody(withData(input, place, null)), event: { id, at: JSON.stringify(place) } };
  }
  return toBody(input);
}

export function fromStoredInput({ body, data_at: at, data }: StoredInput): Json {
  const input = fromBody(body as string);
  return at === null ? input : withData(input, JSON.parse(at) as Place, fromBody(unpackData(data as Packed)));
}

function* placesIn(input: Json): Generator<readonly [Place, Json]> {
  yield [[], input];
  if (Array.isArray(input)) {
    for (const [index, one] of input.entries()) {
      yield [[index], one];
      if (hasData(one)) yield [[index, 'data'], one.data];
    }
  } else if (hasData(input)) {
    yield [['data'], input.data];
  }
}

/** A copy of what leads to the place; the rest is shared. */
function withData(input: Json, [step, ...rest]: Place, data: Json): Json {
  if (step === undefined) return data;
  if (step === 'data') return { ...(input as { readonly data: Json }), data };
  return (input as readonly Json[]).with(step, withData((input as readonly Json[])[step] as Json, rest, data));
}

function hasData(value: Json): value is { readonly data: Json } {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'data');
}
