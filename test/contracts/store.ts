/**
 * What every Store promises, run over each implementation. `open` answers a fresh, empty store; the suite closes it.
 */
import { afterEach, beforeEach, describe } from 'vitest';
import { describeCarriedInputs } from './store-carried-inputs.ts';
import { describeEvents } from './store-events.ts';
import { describeJournal } from './store-journal.ts';
import { describeLanes } from './store-lanes.ts';
import { describeLanesModel } from './store-lanes-model.ts';
import { describeOutbox } from './store-outbox.ts';
import { describeOutboxModel } from './store-outbox-model.ts';
import { describeRetention } from './store-retention.ts';
import type { OpenStore, StoreUnderTest } from './store-under-test.ts';
import { describeWork } from './store-work.ts';

export function describeStore(name: string, open: OpenStore): void {
  describe(`${name}, as a Store`, () => {
    let store: StoreUnderTest;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    describeOutbox(() => store);
    describeWork(() => store);
    describeJournal(() => store);
    describeLanes(() => store);
    describeEvents(() => store);
    describeRetention(() => store);
    describeCarriedInputs(() => store);
  });
  describe(`${name}, beside a model of it`, () => {
    describeOutboxModel(open);
    describeLanesModel(open);
  });
}
