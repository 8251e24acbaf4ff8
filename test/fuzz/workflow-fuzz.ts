import { parseArgs } from 'node:util';
import { simulate } from '../workflow/simulation.ts';

/**
 * `npm run fuzz -- workflow [--runs N] [--seed N]`: the simulation of `npm test` for as many seeds as asked for, from the
 * given one on. A seed that fails is printed with what was found, and the others are still tried; the exit code is 1 then.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { runs: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
  });
  const runs = Number(values.runs);
  const first = Number(values.seed);
  if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(first)) {
    process.stderr.write('“--runs” and “--seed” take whole numbers.\n');
    return 2;
  }
  const failed: number[] = [];
  for (let seed = first; seed < first + runs; seed += 1) {
    const found = await simulate(seed);
    if (found.length === 0) continue;
    failed.push(seed);
    process.stdout.write(`seed ${seed}: ${found.join('; ')}\n`);
  }
  process.stdout.write(`${runs - failed.length} of ${runs} seeds passed, from ${first} on.\n`);
  if (failed.length > 0) process.stdout.write(`Keep in test/workflow/simulation.test.ts: ${failed.join(', ')}\n`);
  return failed.length === 0 ? 0 : 1;
}
