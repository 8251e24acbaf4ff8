import { type Answer, invalidRequest, notFound, refusal, validationFailed } from './answer.ts';
import type { Call } from './call.ts';
import { page } from './page.ts';
import { toPullPayload } from './represent-pull.ts';
import { toLabel } from './represent-repository.ts';
import { pullRoute, type Route, read, repositoryRoute, write } from './route.ts';
import { botOf, keyOf, labelOf, type Pull, type Repository, type World } from './world.ts';

const LONGEST_NAME = 50;
const MOST_LABELS = 100;
const LABELLER = ['issues', 'pull_requests'] as const;

export const labelRoutes: readonly Route[] = [
  repositoryRoute('GET', '/labels', read(...LABELLER), (world, call, repository) => {
    const { items, headers } = page(call, [...repository.labels.values()]);
    return { status: 200, headers, body: items.map((label) => toLabel(world, repository, label)) };
  }),
  repositoryRoute('POST', '/labels', write(...LABELLER), (world, call, repository) => {
    const { name, color, description } = (call.body ?? {}) as Record<string, unknown>;
    if (typeof name !== 'string') return invalidRequest(`"name" wasn't supplied.`);
    if (repository.labels.has(keyOf(name))) {
      return validationFailed([{ resource: 'Label', code: 'already_exists', field: 'name' }]);
    }
    const label = labelOf(world, repository, name);
    if (typeof color === 'string') label.color = color;
    if (typeof description === 'string') label.description = description;
    return { status: 201, body: toLabel(world, repository, label) };
  }),
  repositoryRoute('GET', '/labels/{name}', read(...LABELLER), (world, _call, repository, { name }) => {
    const label = repository.labels.get(keyOf(name as string));
    return label ? { status: 200, body: toLabel(world, repository, label) } : notFound();
  }),
  repositoryRoute('PATCH', '/labels/{name}', write(...LABELLER), (world, call, repository, { name }) => {
    const label = repository.labels.get(keyOf(name as string));
    if (!label) return notFound();
    const { color, description, new_name: renamed } = (call.body ?? {}) as Record<string, unknown>;
    if (typeof color === 'string') {
      if (!/^[0-9a-f]{6}$/i.test(color)) {
        return validationFailed([{ resource: 'Label', code: 'invalid', field: 'color' }]);
      }
      label.color = color;
    }
    if (typeof description === 'string') label.description = description;
    if (typeof renamed === 'string') {
      if (keyOf(renamed) !== keyOf(label.name) && repository.labels.has(keyOf(renamed))) {
        return validationFailed([{ resource: 'Label', code: 'already_exists', field: 'name' }]);
      }
      const old = keyOf(label.name);
      repository.labels.delete(old);
      label.name = renamed;
      repository.labels.set(keyOf(renamed), label);
      for (const pull of repository.pulls.values()) {
        pull.labels = pull.labels.map((one) => (keyOf(one) === old ? renamed : one));
      }
    }
    return { status: 200, body: toLabel(world, repository, label) };
  }),
  repositoryRoute('DELETE', '/labels/{name}', write(...LABELLER), (_world, _call, repository, { name }) => {
    const key = keyOf(name as string);
    if (!repository.labels.delete(key)) return notFound();
    for (const pull of repository.pulls.values()) pull.labels = pull.labels.filter((one) => keyOf(one) !== key);
    return { status: 204 };
  }),
  pullRoute('GET', '/issues/{number}/labels', read(...LABELLER), (world, call, repository, pull) => {
    const { items, headers } = page(call, pull.labels);
    return { status: 200, headers, body: representLabels(world, repository, items) };
  }),
  pullRoute('POST', '/issues/{number}/labels', write(...LABELLER), addLabels),
  pullRoute(
    'DELETE',
    '/issues/{number}/labels/{name}',
    write(...LABELLER),
    (world, _call, repository, pull, { name }) => {
      const index = pull.labels.findIndex((label) => keyOf(label) === keyOf(name as string));
      if (index < 0) return refusal(404, 'Label does not exist');
      const [removed] = pull.labels.splice(index, 1) as [string];
      tell(world, repository, pull, 'unlabeled', removed);
      return { status: 200, body: representLabels(world, repository, pull.labels) };
    },
  ),
];

function addLabels(world: World, call: Call, repository: Repository, pull: Pull): Answer {
  const names = namesOf(call.body);
  if (names === undefined) return invalidRequest("For 'anyOf/0', nil is not an object.");
  if (names.some((name) => name.length > LONGEST_NAME || name.trim() === '')) {
    return validationFailed([{ resource: 'Label', code: 'invalid', field: 'name' }]);
  }
  const added = [...new Map(names.map((name) => [keyOf(name), name])).values()].filter(
    (name) => !pull.labels.some((label) => keyOf(label) === keyOf(name)),
  );
  if (pull.labels.length + added.length > MOST_LABELS) {
    return validationFailed([{ resource: 'Issue', code: 'invalid', field: 'labels' }]);
  }
  for (const name of added) {
    const label = labelOf(world, repository, name);
    pull.labels.push(label.name);
    tell(world, repository, pull, 'labeled', label.name);
  }
  return { status: 200, body: representLabels(world, repository, pull.labels) };
}

/** `{ labels: […] }` or a bare list, of names or of objects with a name. */
function namesOf(body: unknown): readonly string[] | undefined {
  const list = Array.isArray(body) ? body : (body as { labels?: unknown } | undefined)?.labels;
  if (!Array.isArray(list)) return undefined;
  const names = list.map((item) => (typeof item === 'string' ? item : (item as { name?: unknown } | null)?.name));
  return names.every((name) => typeof name === 'string') ? names : undefined;
}

function representLabels(world: World, repository: Repository, names: readonly string[]) {
  return names.map((name) => toLabel(world, repository, labelOf(world, repository, name)));
}

function tell(world: World, repository: Repository, pull: Pull, action: 'labeled' | 'unlabeled', name: string): void {
  const label = toLabel(world, repository, labelOf(world, repository, name));
  world.announce('pull_request', toPullPayload(world, repository, pull, action, botOf(world), { label }));
}
