import type { components } from '@octokit/openapi-types';
import { type Answer, invalidRequest, notFound, refusal } from './answer.ts';
import type { Call } from './call.ts';
import { page } from './page.ts';
import { toPayloadFrame } from './represent-pull.ts';
import { toNodeId } from './represent-repository.ts';
import { type Route, read, repositoryRoute, write } from './route.ts';
import {
  botOf,
  type CheckRun,
  CONCLUSIONS,
  type Conclusion,
  fullNameOf,
  keyOf,
  type Repository,
  type World,
} from './world.ts';

const LONGEST_TEXT = 65_535;
const MOST_ANNOTATIONS = 50;
const STATUSES = ['queued', 'in_progress', 'completed'] as const;

type Fields = Readonly<Record<string, unknown>>;

export const checkRunRoutes: readonly Route[] = [
  repositoryRoute('POST', '/check-runs', write('checks'), createCheckRun),
  repositoryRoute('GET', '/check-runs/{id}', read('checks'), (world, _call, repository, { id }) => {
    const run = repository.checkRuns.find((candidate) => candidate.id === Number(id));
    return run ? { status: 200, body: toCheckRun(world, repository, run) } : notFound();
  }),
  repositoryRoute('PATCH', '/check-runs/{id}', write('checks'), (world, call, repository, { id }) => {
    const run = repository.checkRuns.find((candidate) => candidate.id === Number(id));
    if (!run) return notFound();
    const fields = (call.body ?? {}) as Fields;
    const problem = problemOf(fields);
    if (problem !== undefined) return invalidRequest(problem);
    apply(world, run, fields);
    return { status: 200, body: toCheckRun(world, repository, run) };
  }),
  repositoryRoute('GET', '/commits/{ref}/check-runs', read('checks'), (world, call, repository, { ref }) => {
    const name = call.query.get('check_name');
    const matching = repository.checkRuns
      .filter((run) => run.headSha === shaOf(repository, ref as string) && (name === null || run.name === name))
      .toReversed();
    const listed = call.query.get('filter') === 'all' ? matching : latestByName(matching);
    const { items, headers } = page(call, listed);
    const body = { total_count: listed.length, check_runs: items.map((run) => toCheckRun(world, repository, run)) };
    return { status: 200, headers, body };
  }),
];

function createCheckRun(world: World, call: Call, repository: Repository): Answer {
  const fields = (call.body ?? {}) as Fields;
  const { name, head_sha: headSha } = fields;
  if (typeof name !== 'string') return invalidRequest(`"name" wasn't supplied.`);
  if (typeof headSha !== 'string') return invalidRequest(`"head_sha" wasn't supplied.`);
  const problem = problemOf(fields);
  if (problem !== undefined) return invalidRequest(problem);
  if (![...repository.pulls.values()].some((pull) => pull.head.sha === headSha || pull.base.sha === headSha)) {
    return refusal(422, `No commit found for SHA: ${headSha}`);
  }
  const run: CheckRun = {
    id: world.nextId(),
    headSha,
    name,
    status: 'queued',
    conclusion: null,
    externalId: null,
    detailsUrl: null,
    output: { title: null, summary: null, text: null, annotations: [] },
    startedAt: new Date(world.now()).toISOString(),
    completedAt: null,
  };
  apply(world, run, fields);
  repository.checkRuns.push(run);
  const representation = toCheckRun(world, repository, run);
  world.announce('check_run', {
    action: 'created',
    check_run: representation,
    ...toPayloadFrame(world, repository, botOf(world)),
  });
  return { status: 201, body: representation };
}

function problemOf(fields: Fields): string | undefined {
  const { status, conclusion, output } = fields;
  if (status !== undefined && !STATUSES.some((known) => known === status)) return `${status} is not a valid status.`;
  if (conclusion !== undefined && !CONCLUSIONS.some((known) => known === conclusion)) {
    return `${conclusion} is not a valid conclusion.`;
  }
  if (status === 'completed' && conclusion === undefined) return `"conclusion" wasn't supplied.`;
  if (output === undefined) return undefined;
  const { title, summary, text, annotations } = output as Fields;
  if (typeof title !== 'string') return `"title" wasn't supplied.`;
  if (typeof summary !== 'string') return `"summary" wasn't supplied.`;
  for (const part of [summary, text]) {
    if (typeof part === 'string' && part.length > LONGEST_TEXT)
      return `Only ${LONGEST_TEXT} characters are allowed; ${part.length} were supplied.`;
  }
  if (Array.isArray(annotations) && annotations.length > MOST_ANNOTATIONS) {
    return `No more than ${MOST_ANNOTATIONS} items are allowed; ${annotations.length} were supplied.`;
  }
  return undefined;
}

function apply(world: World, run: CheckRun, fields: Fields): void {
  if (typeof fields.name === 'string') run.name = fields.name;
  if (typeof fields.external_id === 'string') run.externalId = fields.external_id;
  if (typeof fields.details_url === 'string') run.detailsUrl = fields.details_url;
  if (fields.status !== undefined) run.status = fields.status as CheckRun['status'];
  if (fields.conclusion !== undefined) {
    run.conclusion = fields.conclusion as Conclusion;
    run.status = 'completed';
    run.completedAt = new Date(world.now()).toISOString();
  }
  const output = fields.output as Partial<CheckRun['output']> | undefined;
  if (output) {
    run.output = {
      title: output.title ?? null,
      summary: output.summary ?? null,
      text: output.text ?? null,
      annotations: [...run.output.annotations, ...(output.annotations ?? [])],
    };
  }
}

function shaOf(repository: Repository, ref: string): string {
  for (const pull of repository.pulls.values()) if (pull.head.ref === ref) return pull.head.sha;
  return ref;
}

function latestByName(newestFirst: readonly CheckRun[]): readonly CheckRun[] {
  return newestFirst.filter(
    (run, index) => newestFirst.findIndex(({ name }) => keyOf(name) === keyOf(run.name)) === index,
  );
}

function toCheckRun(world: World, repository: Repository, run: CheckRun) {
  const fullName = fullNameOf(repository);
  const url = `${world.apiUrl()}/repos/${fullName}/check-runs/${run.id}`;
  return {
    id: run.id,
    head_sha: run.headSha,
    node_id: toNodeId('CheckRun', run.id),
    external_id: run.externalId,
    url,
    html_url: `https://github.com/${fullName}/runs/${run.id}`,
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      title: run.output.title,
      summary: run.output.summary,
      text: run.output.text,
      annotations_count: run.output.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    name: run.name,
    check_suite: { id: repository.id },
    app: null,
    pull_requests: [],
  } satisfies components['schemas']['check-run'];
}
