/**
 * The workflows that come with us, checked when the bundle was built, by the digest of their text. A bundle has another module
 * in this one's place (`scripts/check-definitions.ts`); a checkout, whose files change, knows none.
 */
import type { CheckedDefinition } from '../workflow/checked-definition.ts';

export const KNOWN_DEFINITIONS: Readonly<Record<string, CheckedDefinition>> = {};
