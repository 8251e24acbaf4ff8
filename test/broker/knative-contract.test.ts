import { fromDeadLetter } from '../../src/broker/dead-letter.ts';
import { withoutHops } from '../../src/broker/hops.ts';
import type { Event } from '../../src/events/event.ts';
import type { Clock } from '../../src/observe/clock.ts';
import { type BrokerUnderTest, describeBroker } from '../contracts/broker-contract.ts';
import { describeDelivery } from '../contracts/broker-delivery.ts';
import { createHurriedClock } from './hurried-clock.ts';
import { openStage, untilTrue } from './knative-stage.ts';

async function open(brokerClock?: Clock): Promise<BrokerUnderTest> {
  const stage = await openStage(brokerClock && { brokerClock });
  return {
    broker: stage.broker,
    now: () => brokerClock?.now() ?? 0,
    start: stage.start,
    until: untilTrue,
    settle: () => untilTrue(() => stage.lookAlike.isIdle()),
    async deadLetters() {
      return stage.letters.map((letter) => {
        const { event, trigger, reason } = fromDeadLetter(letter);
        return { event: published(event), trigger, reason };
      });
    },
    close: stage.close,
  };
}

/** The event without what the broker adds on the way. */
function published(event: Event): Event {
  const { knativearrivaltime: _, ...rest } = withoutHops(event);
  return rest as Event;
}

describeBroker('a service over HTTP with the look-alike of Knative’s', () => open(), {
  deduplicates: false,
  countsAttempts: false,
});
describeDelivery('a service over HTTP with the look-alike of Knative’s', () => open(createHurriedClock()));
