/**
 * Says in a check run what failed for good and how to try again, then fails with that same fault, so that the run ends as it
 * would have without. At most one try: a check run that cannot be written changes nothing.
 */
import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from '../src/events/error-codes.ts';
import { FairleadError } from '../src/events/fairlead-error.ts';
import { defineFunction } from '../src/workflow/function.ts';
import { writeCheckRun } from './check-run.ts';
import type { FunctionContext } from './context.ts';
import { toCode } from './markdown.ts';
import { redact } from './redact.ts';
import { CHECK_NAME } from './report.ts';

const error = z
  .looseObject({
    status: z.int().nullish(),
    title: z.string().nullish(),
    detail: z.string().nullish(),
    instance: z.string().nullish(),
  })
  .describe('The fault, as the workflow caught it.');

const event = z.looseObject({
  pull_request: z.looseObject({ head: z.looseObject({ sha: z.string() }).optional() }),
  repository: z.looseObject({ full_name: z.string() }),
});

const asked = z.looseObject({ check: z.boolean().nullish(), requirements: z.array(z.unknown()).nullish() }).nullish();
const found = z
  .looseObject({
    configuration: z.looseObject({ check: z.boolean().nullish(), require: z.array(z.unknown()).nullish() }).nullish(),
  })
  .nullish();

const input = z.object({
  event,
  error,
  rules: found.describe('As far as they were read.'),
  decision: asked.describe('As far as it was made.'),
});

export const reportFault = defineFunction({
  operationId: 'reportFault',
  summary: 'Says in a check run what failed and how to try again; then fails with that same fault.',
  input,
  output: z.never(),
  handle: async (given, context: FunctionContext): Promise<never> => {
    try {
      await write(given, context);
    } catch (failure) {
      // What matters is the fault that brought us here.
      if (!(failure instanceof FairleadError)) throw failure;
    }
    throw toError(given.error);
  },
});

async function write(
  { event: { pull_request, repository }, error: fault, rules, decision }: z.output<typeof input>,
  context: FunctionContext,
): Promise<void> {
  const sha = pull_request.head?.sha;
  const isWanted = decision?.check ?? rules?.configuration?.check ?? true;
  // After an uncertain try it may be there.
  if (!context.checkRuns || !isWanted || context.uncertain || sha === undefined) return;
  const demands = decision === null || decision === undefined ? rules?.configuration?.require : decision.requirements;
  const isRead = decision !== null && decision !== undefined ? true : rules?.configuration != null;
  const place = { repository: { fullName: repository.full_name }, head: { sha } };
  await writeCheckRun(context, place, {
    name: CHECK_NAME,
    // Where something is, or may be, asked of the pull request, a check that did not look must not let it pass.
    conclusion: isRead && (demands ?? []).length === 0 ? 'neutral' : 'action_required',
    output: { title: 'This pull request could not be handled', summary: explain(fault, context.runId) },
  });
}

function explain({ status, title, detail }: z.output<typeof error>, runId: string): string {
  const meaning = isKnown(title) ? ERROR_CODES[title].meaning : undefined;
  return [
    `What failed: ${toCode(redact(title ?? 'unknown'))}${status === null || status === undefined ? '' : `, status ${status}`}.`,
    ...(detail === null || detail === undefined ? [] : ['', toCode(redact(detail))]),
    ...(meaning === undefined ? [] : ['', meaning]),
    '',
    'To try again, comment `/retry`, push to the pull request, or close and reopen it. ' +
      `Who runs the bot can go on from what failed: ${toCode(`fairlead runs retry ${runId}`)}.`,
  ].join('\n');
}

function isKnown(title: string | null | undefined): title is ErrorCode {
  return typeof title === 'string' && Object.hasOwn(ERROR_CODES, title);
}

function toError({ status, title, detail, instance }: z.output<typeof error>): FairleadError {
  const text = [detail ?? title ?? 'The run failed', ...(instance ? [`(${instance})`] : [])].join(' ');
  return new FairleadError(isKnown(title) ? title : 'function.failed', text, {
    retryable: false,
    ...(typeof status === 'number' ? { status } : {}),
  });
}
