/**
 * The CPU that it takes to decide on the labels of a pull request of 3,000 files by 500 rules, beside actions/labeler's
 * matching on the same rules and files in the same run; and how that grows with files and with rules.
 */
import { strict as assert } from 'node:assert';
import { configurationSchema } from '../src/rules/configuration.ts';
import { compileRules, decide } from '../src/rules/decide.ts';
import type { Facts } from '../src/rules/facts.ts';
import { addCalls } from './github-calls.ts';
import { labelsOf, type PeerRule } from './labeler-peer.ts';
import { median, type Report } from './report.ts';

const FILES = 3_000;
const RULES = 500;
const ROUNDS = 7;

export async function run(report: Report): Promise<void> {
  const files = createFiles(FILES);
  const rules = createRules(RULES);
  const compiled = compile(rules);
  const expected = labelsOf(rules, files);
  const { add, skip } = decide(factsOf(files), compiled, []).labels;
  assert.deepEqual(
    [...add, ...skip].map(({ name }) => name),
    expected,
    'both must come to the same labels',
  );

  const [ours, fresh, peer] = interleave([
    () => decide(factsOf(files), compiled, []),
    () => decide(factsOf(files), compile(rules), []),
    () => labelsOf(rules, files),
  ]) as [number, number, number];
  report.note(
    `${FILES} files × ${RULES} rules of two patterns, ${expected.length} of which hold; medians of ${ROUNDS} rounds`,
  );
  report.add({
    figure: 'labels decided, rules compiled before',
    unit: 'ms of CPU',
    ours,
    peers: { 'actions/labeler’s matching': peer },
    ratio: ours / peer,
    goal: '<= 0.5',
  });
  report.add({
    figure: 'labels decided, rules compiled for it',
    unit: 'ms of CPU',
    ours: fresh,
    peers: { 'actions/labeler’s matching': peer },
    ratio: fresh / peer,
    goal: '<= 0.5',
  });

  const byFiles = [1, 2, 4].map((share) => ({ size: FILES * share, facts: factsOf(createFiles(FILES * share)) }));
  const byRules = [0.5, 1, 2].map((share) => ({ size: RULES * share, rules: compile(createRules(RULES * share)) }));
  const fileTimes = interleave(
    byFiles.map(
      ({ facts }) =>
        () =>
          decide(facts, compiled, []),
    ),
  );
  const ruleTimes = interleave(
    byRules.map(
      ({ rules: some }) =>
        () =>
          decide(factsOf(files), some, []),
    ),
  );
  addGrowth(
    report,
    'files',
    byFiles.map(({ size }) => size),
    fileTimes,
  );
  addGrowth(
    report,
    'rules',
    byRules.map(({ size }) => size),
    ruleTimes,
  );
  await addCalls(report);
}

/** The exponent of the power that fits best: 1 is linear. */
function addGrowth(report: Report, what: string, sizes: readonly number[], times: readonly number[]): void {
  const x = sizes.map(Math.log);
  const y = times.map(Math.log);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middleX, middleY] = [mean(x), mean(y)];
  const covariance = x.reduce((sum, value, index) => sum + (value - middleX) * ((y[index] ?? 0) - middleY), 0);
  const exponent = covariance / x.reduce((sum, value) => sum + (value - middleX) ** 2, 0);
  report.note(`${what}: ${sizes.map((size, index) => `${size} in ${times[index]?.toFixed(1)} ms`).join(', ')}`);
  report.add({
    figure: `growth with ${what}, the exponent fitted`,
    unit: '',
    ours: exponent,
    peers: { linear: 1 },
    ratio: exponent,
    goal: '<= 1.25',
  });
}

/** The median CPU time of each in milliseconds, measured in turns; the first round warms up. */
function interleave(works: readonly (() => unknown)[]): readonly number[] {
  const times = works.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [index, work] of works.entries()) {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      if (round > 0) times[index]?.push((user + system) / 1000);
    }
  }
  return times.map(median);
}

function compile(rules: readonly PeerRule[]) {
  const labels = rules.map(({ label, globs }) => ({ label, files: [...globs] }));
  return compileRules(configurationSchema.parse({ labels }));
}

function factsOf(paths: readonly string[]): Facts {
  return {
    repositoryId: 1,
    number: 1,
    title: '',
    body: '',
    author: 'octocat',
    association: 'NONE',
    draft: false,
    fork: false,
    base: 'main',
    head: 'topic',
    labels: [],
    createdAt: 0,
    readAt: 0,
    reviewers: [],
    teams: [],
    files: paths.map((path) => ({ path, status: 'modified' })),
    truncated: false,
  };
}

/** A tree as large ones are: packages, some folders deep, of some languages. */
function createFiles(count: number): readonly string[] {
  const endings = ['ts', 'tsx', 'md', 'json', 'css', 'test.ts'];
  return Array.from(
    { length: count },
    (_, index) =>
      `packages/p${index % 150}/src/area-${index % 7}/deep/part-${index}.${endings[index % endings.length]}`,
  );
}

/** Of the shapes that configurations are full of; a tenth of the packages that they name are changed. */
function createRules(count: number): readonly PeerRule[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `p${index * 3}`;
    const shapes = [
      [`packages/${name}/**`, `docs/${name}/**`],
      [`packages/${name}/**/*.{ts,tsx}`, `packages/${name}/package.json`],
      [`**/${name}-*.md`, `.github/${name}/*.yml`],
      [`packages/*/src/${name}/*.css`, `tools/${name}/**/*`],
      [`**/area-${index}/**`, `**/*.${name}.ts`],
    ] as const;
    return { label: `label-${index}`, globs: shapes[index % shapes.length] ?? shapes[0] };
  });
}
