/** `fairlead`: the bot as one process, for a program of one's own. */
export { type Config, type Environment, readConfig, type SecretReader } from '../config.ts';
export type { Event } from '../events/event.ts';
export { FairleadError } from '../events/fairlead-error.ts';
export { type EmbeddedHouse, type EmbeddedOptions, startEmbedded } from '../house/embedded.ts';
