/** A check run of one commit, written once: GitHub would make a second one of the same POST, so after a try of unknown outcome ours is looked up by its key. */
import { FairleadError } from '../src/events/fairlead-error.ts';
import type { FunctionContext } from './context.ts';
import { toRoute } from './pull-request.ts';

/** https://docs.github.com/en/rest/checks/runs#create-a-check-run */
export interface CheckRun {
  readonly name: string;
  readonly conclusion: 'success' | 'neutral' | 'failure' | 'action_required';
  readonly output: {
    readonly title: string;
    readonly summary: string;
    readonly text?: string;
    readonly annotations?: readonly Annotation[];
  };
}

export interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly start_column?: number;
  readonly end_column?: number;
  readonly annotation_level: 'notice' | 'warning' | 'failure';
  readonly title?: string;
  readonly message: string;
}

/** Of one request. */
export const MOST_ANNOTATIONS = 50;
/** Of a summary or a text, in bytes. */
export const LONGEST_CHECK_TEXT = 65_535;

interface Place {
  readonly repository: { readonly fullName: string };
  readonly head: { readonly sha: string };
}

/** Its page. @throws FairleadError `github.*`: see {@link isRefusedCheckRun} */
export async function writeCheckRun(
  context: FunctionContext,
  { repository, head }: Place,
  { name, conclusion, output }: CheckRun,
): Promise<string | null> {
  const { github, signal, effectKey, uncertain } = context;
  const { owner, repo } = toRoute(repository.fullName);
  if (uncertain) {
    const { data } = await github.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
      owner,
      repo,
      ref: head.sha,
      check_name: name,
      filter: 'all',
      per_page: 100,
      request: { signal },
    });
    const ours = data.check_runs.find(({ external_id }) => external_id === effectKey);
    if (ours?.html_url) return ours.html_url;
  }
  const { annotations, ...said } = output;
  const { data } = await github.request('POST /repos/{owner}/{repo}/check-runs', {
    owner,
    repo,
    head_sha: head.sha,
    name,
    external_id: effectKey,
    status: 'completed',
    conclusion,
    output: annotations === undefined ? said : { ...said, annotations: annotations.slice(0, MOST_ANNOTATIONS) },
    request: { signal },
  });
  return data.html_url;
}

/** The permission is missing (403), or the commit is gone since (422): no reason to leave the rest undone. */
export function isRefusedCheckRun(error: unknown): error is FairleadError {
  return error instanceof FairleadError && (error.code === 'github.forbidden' || error.code === 'github.invalid');
}
