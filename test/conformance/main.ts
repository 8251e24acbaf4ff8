/** `npm run conformance -- <suite> [options]`: each suite is one file here that exports `run(argv)` and is loaded by name. */
const SUITES = ['jq', 'dsl', 'cesql'] as const;

const [suite, ...argv] = process.argv.slice(2);
if (!SUITES.includes(suite as (typeof SUITES)[number])) {
  process.stderr.write(`usage: npm run conformance -- <${SUITES.join('|')}> [--json] [options of the suite]\n`);
  process.exitCode = suite === '--help' ? 0 : 2;
} else {
  const { run } = (await import(`./${suite}-suite.ts`)) as { run(argv: readonly string[]): Promise<number> };
  process.exitCode = await run(argv);
}
