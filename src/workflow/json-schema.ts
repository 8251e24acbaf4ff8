import { z } from 'zod';
import { workflowSchema } from './schema/workflow.ts';
import { task, taskList } from './tasks/index.ts';

/** The JSON Schema of definitions, from the very schema that they are checked by; for editors. */
export function toJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    title: 'Open Workflow DSL 1.0 definition',
    ...z.toJSONSchema(workflowSchema(task, taskList), { io: 'input', unrepresentable: 'any' }),
  };
}
