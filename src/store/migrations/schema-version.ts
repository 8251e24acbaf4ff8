/** How many migrations there are; a store that has applied as many is current, which is known without loading them. */
export const SCHEMA_VERSION = 8;

/**
 * The oldest schema version whose code can work with a database of this one. Raised by a migration that takes away what
 * older code uses, a release after the code stopped using it.
 */
export const OLDEST_COMPATIBLE = 3;
