import { fromDeadLetter } from '../../broker/dead-letter.ts';
import { DEFAULT_CHANNELS, readChannels } from '../../notifier/channels.ts';
import { createNotifier } from '../../notifier/notifier.ts';
import { readChannelsFile } from '../operator-files.ts';
import { DEAD_LETTERS } from './paths.ts';
import { createServiceBroker } from './publisher.ts';
import type { CreateRole, PrepareRole } from './role.ts';

/**
 * Verified events in, chat messages out: one path for each channel's trigger. Beside it the graveyard: what the broker
 * could not deliver to anybody is kept in the store, where `fairlead dead-letters` shows it.
 */
const createNotifierRole: CreateRole = (dependencies, config) => {
  const { store, clock, log, metrics } = dependencies;
  const broker = createServiceBroker(dependencies, config);
  const channels = readChannels(
    { secrets: config.secrets, clock, write: (text) => process.stdout.write(text) },
    readChannelsFile(config.channelsPath) ?? DEFAULT_CHANNELS,
  );
  for (const { trigger, subscriber } of createNotifier({ channels, messages: store.messages, clock, log, metrics })) {
    broker.subscribe(trigger, subscriber);
  }
  broker.subscribe(DEAD_LETTERS, async (letter) => {
    const { event, reason, trigger } = fromDeadLetter(letter);
    await store.outbox.bury(event, reason, clock.now(), trigger);
    log.error({ event: event.id, type: event.type, trigger, reason }, 'delivery given up: a dead letter');
    return undefined;
  });
  return { handle: broker.receive, begin: async () => {}, drain: broker.drain };
};

export const prepareNotifierRole: PrepareRole = async () => createNotifierRole;
