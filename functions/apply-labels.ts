/**
 * Puts labels on and takes labels off, one by one or added to what is there: never the whole set, which would undo what a
 * person did in between. What is added is in the ledger before GitHub is asked, so that it is known as ours even if this
 * process dies between the two. Doing it twice does it once.
 */
import { z } from 'zod';
import { FairleadError } from '../src/events/fairlead-error.ts';
import { defineFunction } from '../src/workflow/function.ts';
import type { FunctionContext } from './context.ts';
import { decision } from './decide.ts';
import { pullRequestId, reasoned, subjectOf, toRoute } from './pull-request.ts';

/** What GitHub paints a label that it did not know before. */
const DEFAULT_COLOR = 'ededed';

export const labelOutcome = z.object({
  added: z.array(reasoned),
  removed: z.array(reasoned),
  kept: z.array(reasoned),
  problems: z.array(z.string()),
});

export const applyLabels = defineFunction({
  operationId: 'applyLabels',
  summary: 'Adds and removes labels as decided; gives a label that is new to the repository its colour.',
  input: z.object({ pullRequest: pullRequestId, labels: decision.shape.labels.partial({ skip: true }) }),
  output: labelOutcome,
  handle: async ({ pullRequest, labels }, context: FunctionContext) => {
    const { tenant, ledger, github, signal } = context;
    const subject = subjectOf(pullRequest);
    const place = { ...toRoute(pullRequest.repository.fullName), issue_number: pullRequest.number };
    const unplaced = new Map(
      (labels.skip ?? []).flatMap(({ name, rule }) => (rule ? [[name.toLowerCase(), rule]] : [])),
    );
    // Somebody may have taken a label off since the decision.
    const past = labels.add.length + unplaced.size > 0 ? await ledger.read(tenant, subject) : [];
    const refusals = past.filter(({ kind, state }) => kind === 'label' && state === 'refused');
    const refused = new Map(refusals.map(({ name, rule }) => [name.toLowerCase(), rule]));
    const isRefused = (key: string, rule: string | undefined) =>
      refused.has(key) && (refused.get(key) === undefined || refused.get(key) === rule);
    const adding = labels.add.filter(({ name, rule }) => !isRefused(name.toLowerCase(), rule));
    const placed = refusals.flatMap((one) => {
      const rule = one.rule === undefined ? unplaced.get(one.name.toLowerCase()) : undefined;
      return rule === undefined ? [] : [{ ...one, rule }];
    });
    if (placed.length > 0) await ledger.write(tenant, subject, placed);
    const problems: string[] = [];

    if (adding.length > 0) {
      const at = context.now();
      const entries = adding.map(({ name, reason }) => ({ kind: 'label', state: 'ours', name, reason, at }) as const);
      await ledger.write(tenant, subject, entries);
      const { data } = await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {
        ...place,
        labels: adding.map(({ name }) => name),
        request: { signal, idempotent: true },
      });
      const colors = new Map(data.map(({ name, color }) => [name.toLowerCase(), color]));
      for (const label of adding) {
        if (label.color === undefined || label.color === DEFAULT_COLOR) continue;
        if (colors.get(label.name.toLowerCase()) === DEFAULT_COLOR) await paint(context, place, label, problems);
      }
    }
    for (const { name } of labels.remove) {
      await takeOff(context, { ...place, name });
      await ledger.forget(tenant, subject, [{ kind: 'label', name }]);
    }
    const plain = ({ name, reason }: z.output<typeof reasoned>) => ({ name, reason });
    return { added: adding.map(plain), removed: labels.remove, kept: labels.keep, problems };
  },
});

interface Place {
  readonly owner: string;
  readonly repo: string;
  readonly issue_number: number;
}

/** A label without its colour is no reason to leave the rest undone. */
async function paint(
  { github, signal }: FunctionContext,
  { owner, repo }: Place,
  { name, color, description }: { readonly name: string; readonly color?: string; readonly description?: string },
  problems: string[],
): Promise<void> {
  try {
    await github.request('PATCH /repos/{owner}/{repo}/labels/{name}', {
      owner,
      repo,
      name,
      color,
      ...(description === undefined ? {} : { description }),
      request: { signal },
    });
  } catch (error) {
    if (!(error instanceof FairleadError) || error.retryable) throw error;
    problems.push(`The label “${name}” did not get its colour: ${error.message}`);
  }
}

export async function takeOff(
  { github, signal }: FunctionContext,
  label: Place & { readonly name: string },
): Promise<void> {
  try {
    const route = 'DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}';
    await github.request(route, { ...label, request: { signal } });
  } catch (error) {
    // Gone already: by an earlier try, or by somebody else.
    if (!(error instanceof FairleadError) || error.code !== 'github.not_found') throw error;
  }
}
