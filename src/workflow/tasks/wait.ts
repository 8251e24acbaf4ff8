import { z } from 'zod';
import { requireAlive } from '../alive.ts';
import { duration, taskBase } from '../schema/values.ts';
import { compileDuration } from '../template.ts';
import { defineTask } from './kind.ts';

/**
 * Rests for a while. When it is over is recorded as the wait begins, so that a restart neither shortens nor prolongs it.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#wait
 */
export const waitTask = defineTask({
  kind: 'wait',
  extendedAs: 'wait',
  keywords: ['wait'],
  isComposite: false,
  schema: () => z.strictObject({ ...taskBase, wait: duration }),
  compile(site, source) {
    const milliseconds = compileDuration(site, source.wait, ['wait']);
    return async (frame) => {
      const due = frame.run.deadline(`${frame.position}~w`, milliseconds(frame.input, frame));
      await frame.run.strands.sleep(frame.strand, due);
      requireAlive(frame);
      return { output: frame.input };
    };
  },
});
