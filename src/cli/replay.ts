import { toRoute } from '../../functions/pull-request.ts';
import type { ReadRepository } from '../house/reading-github.ts';
import { compareDecisions, type Difference, isSame } from '../rules/compare.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { decideOn, readBaseRules, readPull, readPullFacts, readRulesAsIf } from './rules-on-github.ts';
import { plain, styleFor, toJsonText } from './terminal.ts';
import { readRulesText } from './test-rules.ts';
import { usage } from './usage.ts';

const LAST = 50;
const MOST = 500;
const PAGE_SIZE = 100;

/** `fairlead replay owner/repo --config new.yml`: each pull request judged afresh, by the rules of its base branch and by others. */
export async function replay(invocation: Invocation): Promise<number> {
  const {
    context,
    arguments: [fullName = ''],
    option,
    count,
    flag,
  } = invocation;
  if (!/^[\w.-]+\/[\w.-]+$/.test(fullName)) throw usage(`“${fullName}” is not a repository. Write owner/repo.`);
  const file = option('config');
  if (file === undefined)
    throw usage('“replay” needs --config <file>: the rules to compare with those of the base branch.');
  const last = count('last') ?? LAST;
  if (last > MOST) throw usage(`--last is ${last}; at most ${MOST} pull requests are replayed.`);
  const text = readRulesText(file);
  const { openForReading } = await import('../house/reading-github.ts');
  const place = await openForReading(context.readConfig(context.environment), fullName);
  const rules = await readRulesAsIf(place, text);
  const style = styleFor(context.stdout, context.environment);
  const numbers = await listNumbers(place, last);
  let changed = 0;
  for (const number of numbers) {
    const pull = await readPull(place, number);
    const before = await readBaseRules(place, pull);
    const read = await readPullFacts(place, pull, [before, rules]);
    // As if it had just been opened: what is on it by now is the work of the old rules.
    const facts = { ...read, labels: [], reviewers: [], teams: [], pullRequest: { ...read.pullRequest, draft: false } };
    const change = compareDecisions(await decideOn(place, facts, before), await decideOn(place, facts, rules));
    const differs = !isSame(change);
    if (differs) changed += 1;
    const { title } = read.pullRequest;
    if (flag('json')) context.stdout.write(`${toJsonText({ number, title, ...change })}\n`);
    else if (differs)
      context.stdout.write(
        `#${number} ${plain(title)}\n${lines(change)
          .map((line) => `    ${plain(line)}\n`)
          .join('')}`,
      );
  }
  if (!flag('json'))
    context.stdout.write(
      style.bold(`${changed} of ${numbers.length} pull requests would differ; nothing was written.\n`),
    );
  return EXIT_CODES.done;
}

/** The newest first. */
async function listNumbers({ context, repository }: ReadRepository, last: number): Promise<readonly number[]> {
  const numbers: number[] = [];
  for (let page = 1; numbers.length < last; page += 1) {
    const { data } = await context.github.request('GET /repos/{owner}/{repo}/pulls', {
      ...toRoute(repository.full_name),
      state: 'all',
      sort: 'created',
      direction: 'desc',
      per_page: PAGE_SIZE,
      page,
    });
    numbers.push(...data.map(({ number }) => number));
    if (data.length < PAGE_SIZE) break;
  }
  return numbers.slice(0, last);
}

function lines(change: Difference): readonly string[] {
  return (['labels', 'reviewers'] as const).flatMap((kind) => [
    ...change[kind].added.map((name) => `+ ${name} (${kind})`),
    ...change[kind].removed.map((name) => `- ${name} (${kind})`),
  ]);
}
