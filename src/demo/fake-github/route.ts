import { type Answer, notFound, refusal } from './answer.ts';
import type { Call } from './call.ts';
import { type Installation, keyOf, type Permission, type Pull, type Repository, type World } from './world.ts';

type Parameters = Readonly<Record<string, string>>;

/** One operation of GitHub's API. `{name}` in the path stands for one segment, `{name+}` for the rest of it. */
export interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  answer(world: World, call: Call, parameters: Parameters): Answer;
}

/** What an operation asks of an installation: any one of these permissions, at least at this level. */
export interface Demand {
  readonly anyOf: readonly Permission[];
  readonly level: 'read' | 'write';
}

export function read(...anyOf: readonly Permission[]): Demand {
  return { anyOf, level: 'read' };
}

export function write(...anyOf: readonly Permission[]): Demand {
  return { anyOf, level: 'write' };
}

/** An operation of the App itself, called with its JWT. */
export function appRoute(
  method: string,
  path: string,
  answer: (world: World, call: Call, parameters: Parameters) => Answer,
): Route {
  return route(method, path, (world, call, parameters) => {
    if (call.caller.kind === 'nobody') return call.caller.refusal;
    if (call.caller.kind !== 'app') return refusal(401, 'A JSON web token could not be decoded');
    return answer(world, call, parameters);
  });
}

/** An operation called with an installation's token. */
export function installationRoute(
  method: string,
  path: string,
  demand: Demand,
  answer: (world: World, call: Call, parameters: Parameters, installation: Installation) => Answer,
): Route {
  return route(method, path, (world, call, parameters) => {
    if (call.caller.kind === 'nobody') return call.caller.refusal;
    if (call.caller.kind !== 'installation') return refusal(401, 'Bad credentials');
    const { installation } = call.caller;
    if (!permits(installation, demand)) return refusal(403, 'Resource not accessible by integration');
    return answer(world, call, parameters, installation);
  });
}

/** An operation on `{owner}/{repo}`, which another installation's token does not see. */
export function repositoryRoute(
  method: string,
  path: string,
  demand: Demand,
  answer: (world: World, call: Call, repository: Repository, parameters: Parameters) => Answer,
): Route {
  return installationRoute(method, `/repos/{owner}/{repo}${path}`, demand, (world, call, parameters, installation) => {
    const repository = world.repositories.get(keyOf(`${parameters.owner}/${parameters.repo}`));
    if (repository?.installation !== installation.id) return notFound();
    return answer(world, call, repository, parameters);
  });
}

/** An operation on a pull request, `{number}` in the path. */
export function pullRoute(
  method: string,
  path: string,
  demand: Demand,
  answer: (world: World, call: Call, repository: Repository, pull: Pull, parameters: Parameters) => Answer,
): Route {
  return repositoryRoute(method, path, demand, (world, call, repository, parameters) => {
    const pull = repository.pulls.get(Number(parameters.number));
    return pull ? answer(world, call, repository, pull, parameters) : notFound();
  });
}

/** Answers a call by the first route that takes its method and path. */
export function answerBy(routes: readonly Route[], world: World, call: Call): Answer {
  for (const candidate of routes) {
    if (candidate.method !== call.method) continue;
    const match = candidate.pattern.exec(call.path);
    if (!match) continue;
    const parameters: Record<string, string> = {};
    for (const [name, value] of Object.entries(match.groups ?? {})) parameters[name] = decodeURIComponent(value);
    return candidate.answer(world, call, parameters);
  }
  return notFound();
}

function route(method: string, path: string, answer: Route['answer']): Route {
  const source = path.replaceAll(/\{(\w+)(\+?)\}/g, (_, name, rest) => `(?<${name}>${rest ? '.+' : '[^/]+'})`);
  return { method, pattern: new RegExp(`^${source}$`), answer };
}

function permits(installation: Installation, demand: Demand): boolean {
  return demand.anyOf.some((name) => {
    const granted = installation.permissions[name];
    return granted === 'write' || granted === demand.level;
  });
}
