import type { MessageRecord, Messages } from '../../src/store/store.ts';

export interface MemoryMessages extends Messages {
  /** Every record written, in order. */
  readonly written: readonly MessageRecord[];
  /** The next write of this state fails, as if the process had died before it. */
  failNextWrite(state: MessageRecord['state']): void;
}

/** The Messages of a store that forgets everything at the end of a test. */
export function createMemoryMessages(): MemoryMessages {
  const records = new Map<string, MessageRecord>();
  const written: MessageRecord[] = [];
  let failing: MessageRecord['state'] | undefined;
  const keyOf = (...parts: readonly string[]) => JSON.stringify(parts);
  return {
    written,
    failNextWrite(state) {
      failing = state;
    },
    read: async (tenant, channel, subject) => records.get(keyOf(tenant, channel, subject)),
    async write(tenant, channel, subject, record) {
      if (record.state === failing) {
        failing = undefined;
        throw new Error('killed');
      }
      written.push(record);
      records.set(keyOf(tenant, channel, subject), record);
    },
  };
}
