/** `npm run fuzz -- <target> [options]`: each target is one file here that exports `run(argv)` and is loaded by name. */
const TARGETS = ['jq', 'workflow'] as const;

const [target, ...argv] = process.argv.slice(2);
if (!TARGETS.includes(target as (typeof TARGETS)[number])) {
  process.stderr.write(`usage: npm run fuzz -- <${TARGETS.join('|')}> [--runs N] [--seed N]\n`);
  process.exitCode = target === '--help' ? 0 : 2;
} else {
  const { run } = (await import(`./${target}-fuzz.ts`)) as { run(argv: readonly string[]): Promise<number> };
  process.exitCode = await run(argv);
}
