import type { MessageRecord, Messages } from '../../src/store/store.ts';

/** The Messages of a store that forgets everything at the end of a test. */
export function createMemoryMessages(): Messages {
  const records = new Map<string, MessageRecord>();
  const keyOf = (...parts: readonly string[]) => JSON.stringify(parts);
  return {
    read: async (tenant, channel, subject) => records.get(keyOf(tenant, channel, subject)),
    async write(tenant, channel, subject, record) {
      records.set(keyOf(tenant, channel, subject), record);
    },
  };
}
