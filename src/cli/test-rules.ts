import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FairleadError } from '../events/fairlead-error.ts';
import { parseCases, runCase } from '../rules/case.ts';
import type { Configuration } from '../rules/configuration.ts';
import { compileRules } from '../rules/decide.ts';
import { parseConfiguration } from '../rules/parse-configuration.ts';
import type { Problem } from '../rules/read-yaml.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { plain, styleFor, toJsonText } from './terminal.ts';

/** `fairlead rules test [folder]`: exit 1 when a case fails, or a file cannot be used. */
export async function testRules({ context, arguments: [folder = '.'], flag, option }: Invocation): Promise<number> {
  const { stdout, environment } = context;
  const style = styleFor(stdout, environment);
  const rules = compileRules(readRulesFile(option('config') ?? join(folder, '.github/fairlead.yml')));
  const path = option('cases') ?? join(folder, '.github/fairlead.test.yml');
  const { value, problems } = parseCases(readText(path));
  if (problems !== undefined) throw unusable(path, problems);
  let failed = 0;
  for (const one of value.cases) {
    const failures = runCase(rules, one);
    if (failures.length > 0) failed += 1;
    if (flag('json')) stdout.write(`${toJsonText({ name: one.name, passed: failures.length === 0, failures })}\n`);
    else {
      stdout.write(`${failures.length === 0 ? style.good('✓') : style.bad('✗')} ${plain(one.name)}\n`);
      for (const failure of failures) stdout.write(`    ${plain(failure)}\n`);
    }
  }
  if (!flag('json')) stdout.write(`${value.cases.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? EXIT_CODES.done : EXIT_CODES.failed;
}

/** @throws FairleadError `rules.invalid` with every problem, `cli.not_found` */
export function readRulesFile(path: string): Configuration {
  const { configuration, problems } = parseConfiguration(readText(path));
  if (configuration === undefined) throw unusable(path, problems);
  return configuration;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new FairleadError('cli.not_found', `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function unusable(path: string, problems: readonly Problem[]): FairleadError {
  const lines = problems.map(({ line, column, where, message }) => `${path}:${line}:${column}: ${where} ${message}`);
  return new FairleadError('rules.invalid', `${path} has errors:\n${lines.join('\n')}`);
}
