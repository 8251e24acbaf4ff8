/**
 * The schemas of the events that we publish, as JSON Schema, which can be looked at without loading what checks in full. A
 * bundle has another module in this one's place (`scripts/check-definitions.ts`); a checkout has none, and always checks.
 */
import type { JsonSchema } from '../events/fits.ts';

export const KNOWN_EVENTS: Readonly<Record<string, JsonSchema>> = {};
