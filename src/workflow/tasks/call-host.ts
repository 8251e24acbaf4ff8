import { FairleadError } from '../../events/fairlead-error.ts';
import type { Json } from '../../expression/json.ts';
import { requireAlive } from '../alive.ts';
import type { TaskFrame } from '../frame.ts';

/**
 * Calls a function of the host. When it says “not now, but in so long” (a retryable error with `retryAfter`), that is no
 * failure: the run rests until then, restarts included, and the call is made again.
 */
export async function callHost(frame: TaskFrame, call: () => Promise<Json>): Promise<Json> {
  const { run, world, position, strand } = frame;
  for (let pause = 1; ; pause += 1) {
    const place = `${position}~n${pause}`;
    const resumesAt = run.knownDeadline(place);
    if (resumesAt !== undefined) {
      await run.strands.sleep(strand, resumesAt);
      requireAlive(frame);
      continue;
    }
    await run.secure();
    requireAlive(frame);
    world.crashPoint('workflow.call.before', position);
    try {
      const output = await call();
      world.crashPoint('workflow.call.after', position);
      return output;
    } catch (error) {
      requireAlive(frame);
      if (!(error instanceof FairleadError) || !error.retryable || error.retryAfter === undefined) throw error;
      run.step();
      await run.strands.sleep(strand, run.deadline(place, error.retryAfter));
      requireAlive(frame);
    }
  }
}
