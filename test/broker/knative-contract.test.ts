import { describeBroker } from '../contracts/broker-contract.ts';
import { openStage, untilTrue } from './knative-stage.ts';

describeBroker(
  'a service over HTTP with the look-alike of Knative’s',
  async () => {
    const stage = await openStage();
    return {
      broker: stage.broker,
      start: stage.start,
      until: untilTrue,
      settle: () => untilTrue(() => stage.lookAlike.isIdle()),
      async deadLetters() {
        return stage.letters.map(({ id, knativeerrordest, knativeerrordata }) => ({
          trigger: new URL(String(knativeerrordest)).pathname.slice(1),
          eventId: id,
          reason: Buffer.from(String(knativeerrordata ?? ''), 'base64').toString('utf8'),
        }));
      },
      close: stage.close,
    };
  },
  { deduplicates: false, countsAttempts: false },
);
