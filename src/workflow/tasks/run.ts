import { z } from 'zod';
import { anyObject, duration, externalResource, taskBase } from '../schema/values.ts';
import { defineTask } from './kind.ts';
import { runWorkflowTask } from './run-workflow-task.ts';

const containerLifetime = () =>
  z.union([
    z.strictObject({ cleanup: z.enum(['always', 'never']) }),
    z.strictObject({ cleanup: z.literal('eventually'), after: duration }),
  ]);

const container = () =>
  z.strictObject({
    image: z.string(),
    name: z.string().optional(),
    command: z.string().optional(),
    ports: anyObject.optional(),
    volumes: anyObject.optional(),
    environment: anyObject.optional(),
    stdin: z.string().optional(),
    arguments: z.array(z.string()).optional(),
    lifetime: containerLifetime().optional(),
    pullPolicy: z.enum(['ifNotPresent', 'always', 'never']).optional(),
  });

const process = () => ({
  stdin: z.string().optional(),
  arguments: z.array(z.string()).optional(),
  environment: anyObject.optional(),
});

const script = () =>
  z.union([
    z.strictObject({ ...process(), language: z.string(), code: z.string() }),
    z.strictObject({ ...process(), language: z.string(), source: externalResource }),
  ]);

const shell = () => z.strictObject({ ...process(), command: z.string() });

const workflow = () =>
  z.strictObject({
    namespace: z.string(),
    name: z.string(),
    version: z.string(),
    input: anyObject.optional(),
  });

const common = () => ({
  await: z.boolean().optional(),
  return: z.enum(['stdout', 'stderr', 'code', 'all', 'none']).optional(),
});

const PROCESSES = ['container', 'script', 'shell'];

/**
 * Runs another workflow. Containers, scripts and shell commands are checked and said to be not supported yet.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#run
 */
export const runTask = defineTask({
  kind: 'run',
  extendedAs: 'run',
  keywords: ['run'],
  isComposite: false,
  schema: () =>
    z.strictObject({
      ...taskBase,
      run: z.union([
        z.strictObject({ ...common(), workflow: workflow() }),
        z.strictObject({ ...common(), container: container() }),
        z.strictObject({ ...common(), script: script() }),
        z.strictObject({ ...common(), shell: shell() }),
      ]),
    }),
  compile(site, source) {
    if ('workflow' in source.run) return runWorkflowTask(site, source.run.workflow, source.run.await ?? true);
    const process = PROCESSES.find((kind) => kind in source.run) as string;
    site.compilation.unsupported([...site.path, 'run', process], `running a ${process}`);
    return (frame) => ({ output: frame.input });
  },
});
