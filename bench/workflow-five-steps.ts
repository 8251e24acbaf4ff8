/** Our side of the race in `bench/workflow.ts`: workflows of five steps over the store file given. */
import { type Burst, burst, serve } from './burst.ts';
import { defineFiveSteps, FUNCTIONS, openRuntime } from './workflow-runtime.ts';

const [path] = process.argv.slice(2) as [string];
const definition = defineFiveSteps();
const { store, run } = await openRuntime(path, [definition], FUNCTIONS);

serve(async (request: Burst) => {
  const before = store.commits();
  const result = await burst(
    request,
    (number) => run(definition, number),
    (number) => number + 5,
  );
  return { ...result, commits: (store.commits() - before) / result.count };
});
