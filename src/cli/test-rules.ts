import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FairleadError } from '../events/fairlead-error.ts';
import { parseCases, runCase } from '../rules/case.ts';
import { type Configuration, configurationSchema } from '../rules/configuration.ts';
import { compileRules } from '../rules/decide.ts';
import { adoptSources } from '../rules/import/adopt.ts';
import { parseConfiguration } from '../rules/parse-configuration.ts';
import type { Problem } from '../rules/read-yaml.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { readSources } from './init.ts';
import { plain, styleFor, toJsonText } from './terminal.ts';

/** `fairlead rules test [folder]`: exit 1 when a case fails, or a file cannot be used. */
export async function testRules({ context, arguments: [folder = '.'], flag, option }: Invocation): Promise<number> {
  const { stdout, environment } = context;
  const style = styleFor(stdout, environment);
  const config = option('config');
  const configuration = config === undefined ? readCheckout(folder) : readRulesFile(config);
  if (configuration.extends !== undefined && !flag('json')) {
    stdout.write(
      `${plain(configuration.extends)} is not read here; the cases are held against what the file itself says.\n`,
    );
  }
  const rules = compileRules(configuration);
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

/**
 * What a checkout has: `.github/fairlead.yml`, else what it keeps for other tools. What the file builds on is on GitHub, and
 * is not read here.
 */
function readCheckout(folder: string): Configuration {
  const path = join(folder, '.github/fairlead.yml');
  const sources = existsSync(path) ? [] : readSources(folder);
  if (sources.length === 0 && !existsSync(path)) {
    throw new FairleadError(
      'cli.not_found',
      `There is no ${path}, nor a file of another tool in its place. Name the folder of a checkout, or the rules with --config.`,
    );
  }
  if (sources.length === 0) return readRulesFile(path);
  const { written, problems } = adoptSources(sources);
  if (problems.length > 0) throw unusable(problems[0]?.file ?? folder, problems);
  return configurationSchema.parse(written);
}

/** @throws FairleadError `rules.invalid` with every problem, `cli.not_found` */
export function readRulesText(path: string): string {
  const text = readText(path);
  parse(path, text);
  return text;
}

function readRulesFile(path: string): Configuration {
  return parse(path, readText(path));
}

function parse(path: string, text: string): Configuration {
  const { configuration, problems } = parseConfiguration(text);
  if (configuration === undefined) throw unusable(path, problems);
  return configuration;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new FairleadError('cli.not_found', `${path} cannot be read (${code}).`, { cause: error });
  }
}

function unusable(path: string, problems: readonly Problem[]): FairleadError {
  const lines = problems.map(
    ({ line, column, where, message }) => `${path}:${line}:${column}: ${where}${where && ' '}${message}`,
  );
  return new FairleadError('rules.invalid', `${path} has errors:\n${lines.join('\n')}`);
}
