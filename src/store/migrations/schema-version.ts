/** How many migrations there are; a store that has applied as many is current, which is known without loading them. */
export const SCHEMA_VERSION = 3;
