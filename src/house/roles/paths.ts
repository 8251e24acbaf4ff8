import type { Trigger } from '../../broker/broker.ts';

/** What the cluster itself tells the services; each comes in at the path of its name. */

/** What a PingSource sends every five minutes, so that timers fire although the runner was scaled to zero. */
export const TICK: Trigger = { name: 'tick', filters: [{ exact: { type: 'dev.knative.sources.ping' } }] };

/** What brokers gave up. */
export const DEAD_LETTERS: Trigger = { name: 'dead-letters', filters: [] };
