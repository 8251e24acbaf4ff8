/** Death at every place between a comment whose commands lead to other runs and its answer: each of those begins once. */
import { type House, until } from '../support/house.ts';
import { dieAtEveryPlace } from './every-place.ts';
import { commented, judged, RULES_WITHOUT_CHECK } from './scenario.ts';

/** All is over but the review that was put off, which rests for days. */
async function quiet({ runs, guest }: House): Promise<void> {
  const isOver = async () => {
    const open = (await runs()).filter(({ endedAt }) => endedAt === undefined);
    const rests = open.length === 1 && open[0]?.definition.name === 'review-later' && open[0].status === 'waiting';
    return rests && (await guest.outbox.depth()).due === 0;
  };
  await until(isOver, 'a review that was put off is all that is left');
}

await dieAtEveryPlace(
  async () => {
    const before = await judged({ rules: RULES_WITHOUT_CHECK, channels: [] });
    return { ...commented(before, ['/review-later 3d', '/retry']), quiet };
  },
  [
    'ledger.write:after#1',
    'outbox.publish dev.fairlead.pull_request.review_postponed.v1:after#1',
    'outbox.publish dev.fairlead.pull_request.evaluation_requested.v1:after#1',
  ],
  { from: /^workflow\.call\.before#2$/, to: /\/reactions:after#1$/ },
);
