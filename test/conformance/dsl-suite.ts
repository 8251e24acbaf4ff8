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

interface Line {
  readonly suite: string;
  readonly feature: string;
  readonly passed: number;
  readonly total: number;
}

/** `npm run conformance -- dsl [--json] [--ctk DIR]`. Answers the exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  const folder = argv.indexOf('--ctk');
  const given = folder < 0 ? undefined : argv[folder + 1];
  const suites: readonly Suite[] = given === undefined ? SUITES : [{ name: 'given', directory: given }];
  const lines: Line[] = [];
  for (const { name, directory } of suites) {
    const features = readFeatures(directory);
    if (features === undefined) {
      process.stderr.write(`${name}: skipped, there is no folder ${directory}\n`);
      if (given !== undefined) return 2;
      continue;
    }
    for (const feature of features) lines.push(await runFeature(`dsl-${name}`, feature));
  }
  for (const line of lines)
    process.stdout.write(`${argv.includes('--json') ? JSON.stringify(line) : describe(line)}\n`);
  return lines.every((line) => line.passed === line.total) ? 0 : 1;
}

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
