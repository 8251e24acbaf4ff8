import type { Delivery, Subscriber, Trigger } from '../broker/broker.ts';
import { OVERDUE, VERIFIED, type VerifiedData, verifiedData } from '../events/catalogue.ts';
import { type Event, tenantOf } from '../events/event.ts';
import { FairleadError, isRetryable } from '../events/fairlead-error.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { MessageRecord, Messages } from '../store/store.ts';
import type { Channel } from './channels.ts';
import { createLanes } from './lanes.ts';
import { digestOf, type Message, toMessage } from './message.ts';

/**
 * Tells channels what became of pull requests. One trigger per channel, so that the broker retries and dead-letters a
 * failing channel alone. Within a channel a pull request has one message, sent once and then edited where the platform
 * can; an event that changes nothing for a reader, or is older than what is shown, does nothing. That reviewers have not
 * answered is a message of its own, for an edit of the first one would be seen by nobody.
 *
 * The record of a message says `sending` before a platform is called and `sent` after. Found in `sending`, a message is
 * looked up before it is sent again; where the platform cannot look (webhooks, Telegram) it is sent again: once too many
 * at worst, never lost.
 */
export interface Subscription {
  readonly trigger: Trigger;
  readonly subscriber: Subscriber;
}

export interface NotifierDependencies {
  readonly channels: readonly Channel[];
  readonly messages: Messages;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Called where a test may have the process die: an attempt is recorded and nothing sent, or sent and not recorded. */
  readonly crashPoint?: (name: 'notifier.before-send' | 'notifier.after-send') => void | Promise<void>;
}

/** Platforms count messages per channel by the second; more at once only meets their limits sooner. */
const CONCURRENCY = 4;

const FILTERS = [{ any: [{ exact: { type: VERIFIED } }, { exact: { type: OVERDUE } }] }];

type Outcome = 'sent' | 'edited' | 'found' | 'forwarded' | 'unchanged' | 'outdated';

/** @returns what to subscribe at a broker, one subscription for each channel */
export function createNotifier(dependencies: NotifierDependencies): readonly Subscription[] {
  const { channels, messages, clock, log, metrics, crashPoint } = dependencies;
  return channels.map((channel) => {
    const { name, platform } = channel;
    const channelLog = log.child({ channel: name, platform });
    const inLane = createLanes();

    async function subscriber(event: Event, delivery: Delivery): Promise<undefined> {
      const data = parseData(event);
      const tenant = tenantOf(event);
      const about = { event: event.id, tenant, repository: data.repository.fullName, number: data.number };
      if (!channel.matches(data)) {
        metrics.count('notifications_total', { platform, outcome: 'unrouted' });
        channelLog.debug(about, 'message unrouted');
        return;
      }
      const subject = `${data.repository.id}/${data.number}${event.type === OVERDUE ? '/overdue' : ''}`;
      const started = clock.now();
      try {
        const outcome = await inLane(`${tenant}/${subject}`, () =>
          announce({ channel, messages, log: channelLog, crashPoint }, { event, data, tenant, subject, delivery }),
        );
        metrics.count('notifications_total', { platform, outcome });
        channelLog.info(about, `message ${outcome}`);
      } catch (error) {
        const outcome = isRetryable(error) ? 'failed' : 'refused';
        metrics.count('notifications_total', { platform, outcome });
        throw error;
      } finally {
        metrics.time('notification_seconds', { platform }, (clock.now() - started) / 1000);
      }
    }

    const trigger = { name: `notify-${name}`, filters: FILTERS, concurrency: CONCURRENCY };
    return { trigger, subscriber };
  });
}

interface Announcement {
  readonly event: Event;
  readonly data: VerifiedData;
  readonly tenant: string;
  readonly subject: string;
  readonly delivery: Delivery;
}

interface Tools {
  readonly channel: Channel;
  readonly messages: Messages;
  readonly log: Logger;
  readonly crashPoint: NotifierDependencies['crashPoint'];
}

async function announce(tools: Tools, { event, data, tenant, subject, delivery }: Announcement): Promise<Outcome> {
  const { channel, messages, crashPoint } = tools;
  const message = toMessage(`${channel.name}/${tenant}/${subject}`, event, data);
  if (channel.chat.forwards) {
    await channel.chat.send(message, delivery.signal);
    return 'forwarded';
  }
  const record = await messages.read(tenant, channel.name, subject);
  // Of a message, `at` is the time of the event that it tells, for deliveries come in any order.
  const at = timeOf(event);
  const digest = digestOf(message);
  const write = (state: MessageRecord['state'], reference: string | undefined) =>
    messages.write(tenant, channel.name, subject, { state, reference, digest, at });

  if (record !== undefined && at < record.at) return 'outdated';
  if (record?.state === 'sent' && record.digest === digest) {
    if (at > record.at) await write('sent', record.reference);
    return 'unchanged';
  }
  const signal = delivery.signal;
  const found = isLost(record) ? await find(tools, { since: record.at, message, signal }) : undefined;
  if (found !== undefined && record?.digest === digest) {
    await write('sent', found);
    return 'found';
  }
  const shown = found ?? record?.reference;
  await write('sending', shown);
  await crashPoint?.('notifier.before-send');
  const edited = await edit(channel, { reference: shown, message, signal });
  // The message there was is gone: should this attempt die too, the next one has to look for the new message.
  if (edited === undefined && shown !== undefined) await write('sending', undefined);
  const reference = edited ?? (await channel.chat.send(message, signal));
  await crashPoint?.('notifier.after-send');
  await write('sent', reference);
  return edited === undefined ? 'sent' : 'edited';
}

interface Shown {
  readonly message: Message;
  readonly signal: AbortSignal;
}

/** Whether a message was about to be sent, and nobody knows if it was. */
function isLost(record: MessageRecord | undefined): record is MessageRecord {
  return record?.state === 'sending' && record.reference === undefined;
}

async function find(
  { channel, log }: Tools,
  { since, message, signal }: Shown & { readonly since: number },
): Promise<string | undefined> {
  try {
    return await channel.chat.find?.(message, since, signal);
  } catch (error) {
    if (!(error instanceof FairleadError) || error.retryable) throw error;
    log.warn({ err: error }, 'cannot look a message up; it is sent, perhaps for the second time');
    return undefined;
  }
}

/** @returns undefined where there is nothing to edit, nothing left to edit, or the platform cannot */
async function edit(
  { chat }: Channel,
  { reference, message, signal }: Shown & { readonly reference: string | undefined },
): Promise<string | undefined> {
  if (reference === undefined) return undefined;
  try {
    return await chat.update?.(reference, message, signal);
  } catch (error) {
    if (error instanceof FairleadError && error.code === 'chat.gone') return undefined;
    throw error;
  }
}

function parseData(event: Event): VerifiedData {
  const { success, data, error } = verifiedData.safeParse(event.data);
  if (success) return data;
  const where = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new FairleadError('event.invalid', `The event ${event.id} is not a verified pull request: ${where}.`);
}

function timeOf(event: Event): number {
  const time = Date.parse(event.time ?? '');
  if (!Number.isNaN(time)) return time;
  throw new FairleadError('event.invalid', `The event ${event.id} has no time, by which messages are ordered.`);
}
