import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import nock from 'nock';
import { answerForHosts } from './ctk-hosts.ts';
import { runStep } from './dsl-steps.ts';
import { createWorld } from './dsl-world.ts';
import { type Feature, parseFeature, type Scenario } from './gherkin.ts';

/**
 * The conformance of `src/workflow`: the specification's own kit, as it stands, and the wider suite in `dsl/`. A scenario is
 * run against simulated time and mocked hosts, so thirty days pass in a moment and nothing leaves the process.
 */

const KIT = join(import.meta.dirname, '../../../shared/data/ctk');
const OWN = join(import.meta.dirname, 'dsl');

export interface Suite {
  readonly name: 'ctk' | 'own' | 'given';
  readonly directory: string;
}

export const SUITES: readonly Suite[] = [
  { name: 'ctk', directory: KIT },
  { name: 'own', directory: OWN },
];

/** The features of a folder; undefined when there is no such folder. */
export function readFeatures(directory: string): readonly Feature[] | undefined {
  if (!existsSync(directory)) return undefined;
  const files = readdirSync(directory).filter((file) => file.endsWith('.feature'));
  return files.sort().map((file) => parseFeature(readFileSync(join(directory, file), 'utf8')));
}

/** Rejects with what went wrong at which step. */
export async function runScenario(scenario: Scenario, hosts: () => void = answerForHosts): Promise<void> {
  nock.cleanAll();
  nock.disableNetConnect();
  hosts();
  try {
    const world = createWorld();
    for (const step of scenario.steps) {
      try {
        await runStep(step, world);
      } catch (error) {
        throw new Error(`line ${step.line}, “${step.text}”: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    nock.cleanAll();
    nock.enableNetConnect();
  }
}

export interface Line {
  readonly suite: string;
  readonly feature: string;
  readonly passed: number;
  readonly total: number;
}

/**
 * `npm run conformance -- dsl [--json | --markdown] [--ctk DIR]`. `--markdown` prints `docs/conformance.md`. Answers the exit
 * code.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const folder = argv.indexOf('--ctk');
  const given = folder < 0 ? undefined : argv[folder + 1];
  const suites: readonly Suite[] = given === undefined ? SUITES : [{ name: 'given', directory: given }];
  const lines: Line[] = [];
  for (const suite of suites) {
    const found = await runSuite(suite);
    if (found === undefined) {
      process.stderr.write(`${suite.name}: skipped, there is no folder ${suite.directory}\n`);
      if (given !== undefined) return 2;
    } else lines.push(...found);
  }
  if (argv.includes('--markdown')) process.stdout.write(toMarkdown(lines));
  else
    for (const line of lines)
      process.stdout.write(`${argv.includes('--json') ? JSON.stringify(line) : describe(line)}\n`);
  return lines.every((line) => line.passed === line.total) ? 0 : 1;
}

/** One line for each feature; undefined where the suite is not here. */
export async function runSuite({ name, directory }: Suite): Promise<readonly Line[] | undefined> {
  const lines = new Map<string, Line>();
  for (const feature of readFeatures(directory) ?? []) {
    const { total = 0, passed = 0 } = lines.get(feature.name) ?? {};
    const line = await runFeature(`dsl-${name}`, feature);
    lines.set(feature.name, { ...line, total: total + line.total, passed: passed + line.passed });
  }
  return readFeatures(directory) && [...lines.values()];
}

/** The page that shows the table. */
export function toMarkdown(lines: readonly Line[]): string {
  const rows = lines.map(
    ({ suite, feature, passed, total }) => `| ${SUITE_NAMES[suite] ?? suite} | ${feature} | ${passed} of ${total} |`,
  );
  return `# Conformance

What of the workflow language works, as \`npm run conformance -- dsl\` finds it. The kit is the specification’s own, its
files untouched; our suite is wider, and each of its scenarios (in \`test/conformance/dsl\`) links the section it is about.
\`npm run conformance -- dsl --ctk DIR\` runs another folder of features, \`--json\` prints one object a line, and
\`--markdown\` this page.

| suite | feature | scenarios passed |
|---|---|---|
${rows.join('\n')}
`;
}

const SUITE_NAMES: Readonly<Record<string, string>> = { 'dsl-ctk': 'specification’s kit', 'dsl-own': 'ours' };

async function runFeature(suite: string, feature: Feature): Promise<Line> {
  let passed = 0;
  for (const scenario of feature.scenarios) {
    try {
      await runScenario(scenario);
      passed += 1;
    } catch (error) {
      process.stderr.write(`${feature.name} › ${scenario.name}: ${(error as Error).message}\n`);
    }
  }
  return { suite, feature: feature.name, passed, total: feature.scenarios.length };
}

function describe({ suite, feature, passed, total }: Line): string {
  return `${suite.padEnd(8)} ${feature.padEnd(48)} ${passed === total ? 'yes' : 'NO '} ${passed}/${total}`;
}
