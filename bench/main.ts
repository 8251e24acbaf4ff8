/** `npm run bench -- <name> [--json]`: each benchmark is one file here that exports `run(report)`; see `bench/report.ts`. */
import { createReport } from './report.ts';

const BENCHMARKS = ['jq', 'intake', 'pipeline', 'cold-start', 'workflow', 'rules', 'knative'] as const;

const [name, ...argv] = process.argv.slice(2);
if (!BENCHMARKS.includes(name as (typeof BENCHMARKS)[number])) {
  process.stderr.write(`usage: npm run bench -- <${BENCHMARKS.join('|')}> [--json]\n`);
  process.exitCode = name === '--help' ? 0 : 2;
} else {
  const report = createReport(name as string, { json: argv.includes('--json') });
  const { run } = (await import(`./${name}.ts`)) as { run(report: ReturnType<typeof createReport>): Promise<void> };
  await run(report);
  process.exitCode = report.close();
}
