import { checkCesqlCase, isCesqlDataPresent, readCesqlSuites } from './cesql-cases.ts';

/** Prints what passed, by file; with `--json` one object a line. Answers the exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  if (!isCesqlDataPresent) {
    process.stderr.write('The data of the CloudEvents SQL kit (../shared/data/cesql-tck) is absent.\n');
    return 2;
  }
  const isJson = argv.includes('--json');
  const sums = { passed: 0, total: 0 };
  for (const { file, cases } of readCesqlSuites()) {
    const failures = cases.flatMap((each) => {
      const problem = checkCesqlCase(each);
      return problem === undefined ? [] : [`${each.name}: ${each.expression} ${problem}`];
    });
    const total = cases.length;
    const passed = total - failures.length;
    sums.passed += passed;
    sums.total += total;
    if (isJson) process.stdout.write(`${JSON.stringify({ suite: 'cesql', file, passed, total })}\n`);
    else process.stdout.write(`${String(passed).padStart(4)} of ${String(total).padStart(3)}  ${file}\n`);
    for (const failure of failures) process.stderr.write(`${file}: ${failure}\n`);
  }
  if (!isJson) process.stdout.write(`${String(sums.passed).padStart(4)} of ${String(sums.total).padStart(3)}\n`);
  return sums.passed === sums.total ? 0 : 1;
}
