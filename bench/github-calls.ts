/**
 * GitHub calls per pull request, counted by a fake GitHub that the whole bot talks to; beside them what others say of themselves.
 * actions/labeler makes what its source says, for labels alone. Of Prow and Mergify no document tells a number of calls;
 * what they do tell is noted.
 */
import { startBot } from './pipeline.ts';
import type { WorldOrder } from './pipeline-world.ts';
import type { Report } from './report.ts';

/** Pull request, files, configuration and, where they change, labels: `src/labeler.ts` and `src/api` of https://github.com/actions/labeler */
const LABELER = { open: 4, push: 3 };
const WARM_UP = 400;
const NOTES = [
  'actions/labeler, labels alone, at most 30 files (a call for each 30 more), nothing kept between events: https://github.com/actions/labeler/tree/main/src',
  'Prow tells no number; its features need a caching proxy in front of GitHub to keep to the rate limit: https://docs.prow.k8s.io/docs/ghproxy/',
  'Mergify tells no number; it looks at a pull request’s state as a whole at each evaluation: https://docs.mergify.com/workflow',
];

export async function addCalls(report: Report): Promise<void> {
  const ours = await startBot('fairlead');
  const quiet = await startBot('quiet');
  try {
    const callsOf = async (bot: typeof ours, act: WorldOrder['act']) =>
      (await bot.take({ act, pulls: 1, inFlight: 1 })).calls;
    const uncached = await callsOf(ours, 'open');
    // Each of the world's installations is met once.
    for (const bot of [ours, quiet]) await bot.take({ act: 'open', pulls: WARM_UP, inFlight: 8 });
    const rows = [
      {
        figure: 'GitHub calls, first event: labels, reviewers, check run',
        calls: await callsOf(ours, 'open'),
        peer: LABELER.open,
        most: 4,
      },
      {
        figure: 'GitHub calls, quiet synchronize: check run',
        calls: await callsOf(ours, 'push'),
        peer: LABELER.push,
        most: 2,
      },
      {
        figure: 'GitHub calls, quiet synchronize, check runs off',
        calls: await callsOf(quiet, 'push'),
        peer: LABELER.push,
        most: 1,
      },
    ];
    report.note(
      `GitHub calls per pull request, rules and token at hand (${uncached} for the very first of an installation)`,
    );
    for (const { figure, calls, peer, most } of rows) {
      report.add({
        figure,
        unit: 'calls',
        ours: calls,
        peers: { 'actions/labeler': peer },
        ratio: calls,
        goal: `<= ${most}`,
      });
    }
    for (const note of NOTES) report.note(note);
  } finally {
    await Promise.all([ours.stop(), quiet.stop()]);
  }
}
