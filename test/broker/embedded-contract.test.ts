import { createEmbeddedBroker } from '../../src/broker/embedded.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { describeBroker } from '../contracts/broker-contract.ts';
import { createMemoryOutbox } from '../support/memory-outbox.ts';
import { createQuietLog } from '../support/quiet.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

describeBroker('embedded', async () => {
  const outbox = createMemoryOutbox();
  const clock = createSimulatedClock();
  const broker = createEmbeddedBroker({ outbox, clock, log: createQuietLog(), metrics: createMetrics() });
  return {
    broker,
    start: broker.start,
    until: clock.until,
    settle: () => clock.advance(60_000),
    async deadLetters() {
      const letters = await outbox.deadLetters({ limit: 100 });
      return letters.map(({ trigger, event, reason }) => ({ trigger, eventId: event.id, reason }));
    },
    close: () => broker.drain(0),
  };
});
