import { beforeEach, describe } from 'vitest';
import { createMemoryJournal } from '../../src/workflow/memory-journal.ts';
import { describeEvents } from '../contracts/store-events.ts';
import { describeJournal } from '../contracts/store-journal.ts';
import { describeLanes } from '../contracts/store-lanes.ts';
import { describeLanesModel } from '../contracts/store-lanes-model.ts';
import { describeRetention } from '../contracts/store-retention.ts';
import type { StoreUnderTest } from '../contracts/store-under-test.ts';

/** As much of a store as the journal's contract looks at, a fresh one for every test. */
describe('the journal in memory, as a Store’s', () => {
  let store: Pick<StoreUnderTest, 'journal'>;
  beforeEach(() => {
    store = { journal: createMemoryJournal() };
  });
  const underTest = () => store as StoreUnderTest;

  describeJournal(underTest);
  describeLanes(underTest);
  describeEvents(underTest);
  describeRetention(underTest);
});

describe('the journal in memory, beside a model of it', () => {
  describeLanesModel(
    async () => ({ journal: createMemoryJournal(), close: async () => {} }) as unknown as StoreUnderTest,
  );
});
