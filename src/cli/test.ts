import { loadScenarios } from '../workflow/scenario/load-scenarios.ts';
import { runScenario } from '../workflow/scenario/run-scenario.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { plain, styleFor, toJsonText } from './terminal.ts';

/** `fairlead test <file>…`: exit 1 when a scenario fails. */
export async function test({ context, arguments: files, flag }: Invocation): Promise<number> {
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
