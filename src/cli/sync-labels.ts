import { toRoute } from '../../functions/pull-request.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import type { ReadRepository } from '../house/reading-github.ts';
import type { Configuration } from '../rules/configuration.ts';
import { type LabelChange, planLabels, type RepositoryLabel } from '../rules/plan-labels.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { type LabelMemory, openLabelMemory } from './label-memory.ts';
import { readRulesAsIf, readRulesOf } from './rules-on-github.ts';
import { plain, type Style, styleFor, toJsonText } from './terminal.ts';
import { readRulesText } from './test-rules.ts';
import { usage } from './usage.ts';

const PAGE_SIZE = 100;
const MOST_PAGES = 20;
/** GitHub's own for a label that is given none. */
const DEFAULT_COLOR = 'ededed';

/** `fairlead labels sync owner/repo`: what is done is told line by line; a second run finds nothing to do. */
export async function syncLabels(invocation: Invocation): Promise<number> {
  const { context, option, flag } = invocation;
  const fullName = invocation.arguments[0] ?? '';
  if (!/^[\w.-]+\/[\w.-]+$/.test(fullName)) throw usage(`“${fullName}” is not a repository. Write owner/repo.`);
  const file = option('config');
  const text = file === undefined ? undefined : readRulesText(file);
  const config = context.readConfig(context.environment);
  const isDry = flag('dry-run') || config.dryRun !== 'off';
  const { openForReading, openForWriting } = await import('../house/reading-github.ts');
  const place = await (isDry ? openForReading : openForWriting)(config, fullName);
  const configuration = await readRules(place, text);
  const { palette } = configuration;
  if (palette === undefined) {
    throw new FairleadError('rules.invalid', `The rules of ${fullName} have no \`palette\`: the labels it is to have.`);
  }
  const present = await listLabels(place);
  const { changes, problems, same } = planLabels(present, palette, {
    prune: flag('prune'),
    ruled: configuration.labels.map(({ label }) => label),
  });

  const style = styleFor(context.stdout, context.environment);
  // Only where something is to be called otherwise is it asked what the bot remembers.
  const isRenaming = !isDry && palette.some(({ was = [] }) => was.length > 0);
  const names = present.map(({ name }) => name);
  const memory = isRenaming ? await openLabelMemory(context, place, names) : undefined;
  let refused = 0;
  try {
    for (const change of changes) {
      const refusal = isDry ? undefined : await carryOut(place, change, memory);
      if (refusal !== undefined) refused += 1;
      const outcome = isDry ? 'planned' : refusal === undefined ? 'done' : 'refused';
      if (flag('json'))
        context.stdout.write(`${toJsonText({ ...change, outcome, ...(refusal ? { refusal } : {}) })}\n`);
      else context.stdout.write(`${toLine(change, refusal, style)}\n`);
    }
  } finally {
    await memory?.close();
  }
  for (const problem of problems) {
    if (flag('json')) context.stdout.write(`${toJsonText({ problem })}\n`);
    else context.stdout.write(`${style.bad('!')} ${plain(problem)}\n`);
  }
  if (!flag('json')) {
    const done = isDry ? `${changes.length} to do; nothing was written.` : `${changes.length - refused} done.`;
    const failed = refused === 0 ? '' : ` ${refused} refused.`;
    context.stdout.write(style.bold(`${same} as they should be, ${done}${failed}\n`));
  }
  return refused + problems.length > 0 ? EXIT_CODES.failed : EXIT_CODES.done;
}

/** Those in force, or with `text` those that would be if that were the repository's file. */
async function readRules(place: ReadRepository, text: string | undefined): Promise<Configuration> {
  const { full_name: fullName, default_branch: branch } = place.repository;
  const rules = text === undefined ? await readRulesOf(place, branch) : await readRulesAsIf(place, text);
  if (rules.outcome === 'found') return rules.configuration;
  const why = rules.outcome === 'none' ? 'there is none' : `it is ${rules.outcome}`;
  throw new FairleadError('rules.invalid', `.github/fairlead.yml of ${fullName} on ${branch} cannot be used: ${why}.`);
}

/** All of them: what is not seen must not be taken for missing. */
async function listLabels({ context, repository }: ReadRepository): Promise<readonly RepositoryLabel[]> {
  const labels: RepositoryLabel[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const { data } = await context.github.request('GET /repos/{owner}/{repo}/labels', {
      ...toRoute(repository.full_name),
      per_page: PAGE_SIZE,
      page,
    });
    labels.push(...data.map(({ name, color, description }) => ({ name, color, description: description ?? null })));
    if (data.length < PAGE_SIZE) return labels;
  }
  throw new FairleadError('cli.refused', `${repository.full_name} has ${MOST_PAGES * PAGE_SIZE} labels or more.`);
}

async function carryOut(
  place: ReadRepository,
  change: LabelChange,
  memory: LabelMemory | undefined,
): Promise<string | undefined> {
  const to = change.act === 'change' ? change.to.name : undefined;
  const isOther = to !== undefined && to.toLowerCase() !== change.name.toLowerCase();
  const write = () => ask(place, change);
  return isOther && memory !== undefined ? memory.follow(change.name, to, write) : write();
}

/** Why GitHub refused it; undefined when it is done. A GitHub that is unwell ends the command: the next run goes on. */
async function ask({ context, repository }: ReadRepository, change: LabelChange): Promise<string | undefined> {
  const place = toRoute(repository.full_name);
  const { name } = change;
  try {
    switch (change.act) {
      case 'create': {
        const { color = DEFAULT_COLOR, description } = change;
        const label = { name, color, ...(description === undefined ? {} : { description }) };
        await context.github.request('POST /repos/{owner}/{repo}/labels', { ...place, ...label });
        return undefined;
      }
      case 'change': {
        const { name: renamed, ...look } = change.to;
        const label = { name, ...look, ...(renamed === undefined ? {} : { new_name: renamed }) };
        await context.github.request('PATCH /repos/{owner}/{repo}/labels/{name}', { ...place, ...label });
        return undefined;
      }
      case 'delete':
        await context.github.request('DELETE /repos/{owner}/{repo}/labels/{name}', { ...place, name });
        return undefined;
    }
  } catch (error) {
    if (!(error instanceof FairleadError) || error.retryable) throw error;
    return error.message;
  }
}

const MARKS = { create: '+', change: '~', delete: '-' } as const;

function toLine(change: LabelChange, refusal: string | undefined, style: Style): string {
  const mark = refusal === undefined ? style.good(MARKS[change.act]) : style.bad('✗');
  const said = refusal === undefined ? '' : `: ${plain(refusal)}`;
  return `${mark} ${plain(change.name)}${plain(toWords(change))}${said}`;
}

function toWords(change: LabelChange): string {
  switch (change.act) {
    case 'create':
      return change.color === undefined ? '' : ` (${change.color})`;
    case 'change': {
      const { name, color, description } = change.to;
      const parts = [
        ...(name === undefined ? [] : [`becomes ${name}`]),
        ...(color === undefined ? [] : [`colour ${change.was.color} → ${color}`]),
        ...(description === undefined ? [] : [`description “${change.was.description ?? ''}” → “${description}”`]),
      ];
      return `: ${parts.join(', ')}`;
    }
    case 'delete':
      return '';
  }
}
