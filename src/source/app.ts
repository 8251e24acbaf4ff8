/**
 * The source as a Probot app, for a place where Probot already runs: `new Probot(…).load(createApp({ broker }))`, or a
 * module that `probot run` is given. It translates and publishes as the intake does. What Probot does before it gets here
 * it keeps doing: it acknowledges from memory and hands a repeated delivery on; here the second one meets the first in the
 * inbox (docs/decisions/0001-webhook-path.md).
 */
import type { Probot } from 'probot';
import type { Broker } from '../broker/broker.ts';
import { type Clock, systemClock } from '../observe/clock.ts';
import type { Payload } from './github-events.ts';
import { type Convention, toEvent } from './translate.ts';

export interface AppDependencies {
  readonly broker: Broker;
  readonly clock?: Clock;
  readonly convention?: Convention;
}

/** A rejected publication rejects the handler, so that Probot answers 500 and GitHub shows the delivery as failed. */
export function createApp({
  broker,
  clock = systemClock,
  convention = 'knative',
}: AppDependencies): (app: Probot) => void {
  return (app) => {
    app.onAny(async ({ id, name, payload }) => {
      const webhook = { id, name, payload: payload as unknown as Payload };
      const event = toEvent(webhook, { convention, now: clock.now() });
      const receipt = await broker.publish(event);
      app.log.info({ event: event.id, type: event.type, receipt }, 'webhook taken');
    });
  };
}
