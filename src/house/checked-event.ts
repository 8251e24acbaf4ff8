import { toValidEvent } from '../events/attributes.ts';
import { CATALOGUE, type CatalogueType } from '../events/catalogue.ts';
import type { Event } from '../events/event.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import { certainlyFits, type JsonSchema } from '../events/fits.ts';
import { KNOWN_EVENTS } from './known-events.ts';

/**
 * Holds what workflows emit to CloudEvents, so that a broker in the same process takes no event that one over HTTP would
 * refuse, and our own events to the schema that the catalogue promises their consumers.
 * @throws FairleadError `event.invalid`
 */
export function checkedEvent(emitted: Event, known: Readonly<Record<string, JsonSchema>> = KNOWN_EVENTS): Event {
  const event = toValidEvent(emitted, 'what the workflow emits');
  const schema = known[event.type];
  // What checks in full is slow to load, and the event is nearly always as it should be.
  if (schema !== undefined && certainlyFits(event.data, schema)) return event;
  const entry = CATALOGUE[event.type as CatalogueType];
  const problem = entry?.data.safeParse(event.data).error;
  if (problem === undefined) return event;
  const where = problem.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new FairleadError(
    'event.invalid',
    `The workflow emits a ${event.type} that is not what the catalogue says: ${where}.`,
  );
}
