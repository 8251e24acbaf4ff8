/** Every act that a workflow can call by its `operationId`. */
import type { z } from 'zod';
import type { FunctionDefinition } from '../src/workflow/function.ts';
import { answerCommands } from './answer-commands.ts';
import { applyLabels } from './apply-labels.ts';
import { askReviewers } from './ask-reviewers.ts';
import { carryOut } from './carry-out.ts';
import { changeAssignees } from './change-assignees.ts';
import { changeLabels } from './change-labels.ts';
import { checkConfiguration } from './check-configuration.ts';
import type { FunctionContext } from './context.ts';
import { decide } from './decide.ts';
import { explainDecision } from './explain-decision.ts';
import { findAwaiting } from './find-awaiting.ts';
import { findSilent } from './find-silent.ts';
import { markOverdue } from './mark-overdue.ts';
import { planReminders } from './plan-reminders.ts';
import { postponeReview } from './postpone-review.ts';
import { readCommands } from './read-commands.ts';
import { readFacts } from './read-facts.ts';
import { readReviewRequest } from './read-review-request.ts';
import { readRules } from './read-rules.ts';
import { rememberOverride } from './remember-override.ts';
import { remindReviewers } from './remind-reviewers.ts';
import { renewReviewRequest } from './renew-review-request.ts';
import { report } from './report.ts';
import { reportFault } from './report-fault.ts';
import { requestReviewers } from './request-reviewers.ts';
import { setAbsence } from './set-absence.ts';

type AnyFunction = FunctionDefinition<z.ZodType, z.ZodType, FunctionContext>;

export const FUNCTIONS: readonly AnyFunction[] = [
  erase(readRules),
  erase(readFacts),
  erase(decide),
  erase(applyLabels),
  erase(requestReviewers),
  erase(carryOut),
  erase(report),
  erase(reportFault),
  erase(rememberOverride),
  erase(checkConfiguration),
  erase(findAwaiting),
  erase(readCommands),
  erase(changeLabels),
  erase(changeAssignees),
  erase(askReviewers),
  erase(setAbsence),
  erase(postponeReview),
  erase(explainDecision),
  erase(answerCommands),
  erase(readReviewRequest),
  erase(renewReviewRequest),
  erase(planReminders),
  erase(findSilent),
  erase(remindReviewers),
  erase(markOverdue),
];

/** Whoever calls from the table checks the input by the function's own schema, which says what the type no longer does. */
function erase<Input extends z.ZodType, Output extends z.ZodType>(
  definition: FunctionDefinition<Input, Output, FunctionContext>,
): AnyFunction {
  return definition as unknown as AnyFunction;
}
