import { basename, dirname, resolve } from 'node:path';
import { loadScenarios } from '../workflow/scenario/load-scenarios.ts';
import { runScenario } from '../workflow/scenario/run-scenario.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { plain, styleFor, toJsonText } from './terminal.ts';
import { testRules } from './test-rules.ts';

/** By its name, a file of cases for a repository's rules instead of a workflow's scenarios. */
const RULES_CASES = 'fairlead.test.yml';

/** `fairlead test <file>…`: exit 1 when a scenario or a case fails. */
export async function test(invocation: Invocation): Promise<number> {
  const [cases, scenarios] = [true, false].map((isCases) =>
    invocation.arguments.filter((file) => (basename(file) === RULES_CASES) === isCases),
  ) as [string[], string[]];
  const exits: number[] = scenarios.length === 0 ? [] : [await testWorkflows(invocation, scenarios)];
  for (const file of cases) {
    const checkout = resolve(dirname(file), basename(dirname(resolve(file))) === '.github' ? '..' : '.');
    const option = (name: string) => (name === 'cases' ? file : undefined);
    exits.push(await testRules({ ...invocation, arguments: [checkout], option }));
  }
  return Math.max(...exits);
}

async function testWorkflows({ context, flag }: Invocation, files: readonly string[]): Promise<number> {
  const { stdout, environment } = context;
  const style = styleFor(stdout, environment);
  let passed = 0;
  let failed = 0;
  for (const file of files) {
    const { scenarios, ...definitions } = loadScenarios(file);
    for (const scenario of scenarios) {
      const { name, failures } = await runScenario(definitions, scenario);
      if (failures.length === 0) passed += 1;
      else failed += 1;
      if (flag('json')) {
        stdout.write(`${toJsonText({ file, scenario: name, passed: failures.length === 0, failures })}\n`);
        continue;
      }
      stdout.write(`${failures.length === 0 ? style.good('✓') : style.bad('✗')} ${plain(file)}: ${plain(name)}\n`);
      for (const failure of failures) stdout.write(`    ${plain(failure)}\n`);
    }
  }
  if (!flag('json')) stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? EXIT_CODES.done : EXIT_CODES.failed;
}
