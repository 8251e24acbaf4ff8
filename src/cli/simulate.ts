import { tellAct } from '../../functions/acts/to-acts.ts';
import { explain } from '../../functions/explain.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { decideOn, readBaseRules, readPull, readPullFacts, readRulesAsIf } from './rules-on-github.ts';
import { plain, toJsonText } from './terminal.ts';
import { readRulesText } from './test-rules.ts';
import { usage } from './usage.ts';

/** `fairlead simulate owner/repo#123`: exit 1 when the rules cannot be used. */
export async function simulate({ context, arguments: [target = ''], option, flag }: Invocation): Promise<number> {
  const [, fullName, number] = /^([\w.-]+\/[\w.-]+)#([1-9]\d{0,8})$/.exec(target) ?? [];
  if (fullName === undefined) throw usage(`“${target}” is not a pull request. Write owner/repo#123.`);
  const file = option('config');
  const text = file === undefined ? undefined : readRulesText(file);
  const { openForReading } = await import('../house/reading-github.ts');
  const place = await openForReading(context.readConfig(context.environment), fullName);
  const pull = await readPull(place, Number(number));
  const rules = text === undefined ? await readBaseRules(place, pull) : await readRulesAsIf(place, text);
  const decision = await decideOn(place, await readPullFacts(place, pull, [rules]), rules);
  const { labels, reviewers, problems } = decision;
  if (flag('json')) context.stdout.write(`${toJsonText(decision)}\n`);
  else {
    const { title, text } = explain({
      rules: decision.rules,
      sources: decision.sources,
      notes: decision.notes,
      labels: { added: labels.add, removed: labels.remove, kept: labels.keep },
      left: labels.skip,
      requirements: decision.requirements,
      acts: { done: decision.acts?.do.map(tellAct) ?? [], left: decision.acts?.left ?? [] },
      reviewers: { requested: reviewers.request, kept: reviewers.keep, skipped: reviewers.skip },
      table: reviewers.table,
      problems,
    });
    const lines = [`${target}, nothing written: ${title}`, ...problems.map((problem) => `- ${problem}`), '', text];
    context.stdout.write(`${lines.join('\n').split('\n').map(plain).join('\n')}\n`);
  }
  return decision.rules === 'unreadable' || decision.rules === 'unavailable' ? EXIT_CODES.failed : EXIT_CODES.done;
}
