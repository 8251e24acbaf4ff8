import { isObject, type Json } from '../expression/json.ts';
import { standardFault } from './fault.ts';
import type { TaskFrame } from './frame.ts';
import { type Path, suggest } from './problem.ts';
import type { Authentication, AuthenticationPolicy } from './schema/values.ts';
import { compileValue, type Owner } from './template.ts';

/** What goes into the `Authorization` header. */
export interface Authorization {
  readonly scheme: string;
  readonly parameter: string;
}

/** Resolves a policy when the task that uses it runs; its expressions see that task's input. */
export type Authorize = (input: Json, frame: TaskFrame) => Authorization;

/**
 * Basic and bearer authentication, inline, from `use.authentications`, or from a secret. The other schemes of the DSL are
 * valid and said to be not supported yet.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#authentication
 */
export function compileAuthentication(owner: Owner, source: Authentication, below: Path): Authorize | undefined {
  const { authentications = {} } = owner.compilation.use;
  if (!('use' in source)) return compilePolicy(owner, source, [...owner.path, ...below]);
  const policy = authentications[source.use];
  if (policy !== undefined)
    return compilePolicy(owner, policy as AuthenticationPolicy, ['use', 'authentications', source.use]);
  owner.compilation.report(
    [...owner.path, ...below, 'use'],
    `There is no authentication “${source.use}” in use.authentications.`,
    {
      hint: suggest(source.use, Object.keys(authentications)),
    },
  );
  return undefined;
}

function compilePolicy(owner: Owner, policy: AuthenticationPolicy, path: Path): Authorize | undefined {
  const at = { ...owner, path };
  if ('basic' in policy) {
    const values = compileCredentials(at, policy.basic, 'basic');
    return (input, frame) => {
      const { username, password } = values(input, frame);
      const pair = `${text(username, 'username')}:${text(password, 'password')}`;
      return { scheme: 'Basic', parameter: Buffer.from(pair).toString('base64') };
    };
  }
  if ('bearer' in policy) {
    const values = compileCredentials(at, policy.bearer, 'bearer');
    return (input, frame) => ({ scheme: 'Bearer', parameter: text(values(input, frame).token, 'token') });
  }
  const scheme = ['digest', 'oauth2', 'oidc'].find((name) => Object.hasOwn(policy, name));
  owner.compilation.unsupported(path, `authentication by ${scheme}`);
  return undefined;
}

type Credentials = { readonly [name: string]: Json };

function compileCredentials(
  owner: Owner,
  source: { readonly use: string } | { readonly [name: string]: string },
  scheme: string,
): (input: Json, frame: TaskFrame) => Credentials {
  if (!('use' in source)) {
    const values = compileValue(owner, source, [scheme]);
    return (input, frame) => values(input, frame) as Credentials;
  }
  const name = source.use as string;
  const known = owner.compilation.use.secrets ?? [];
  if (!known.includes(name)) {
    owner.compilation.report([...owner.path, scheme, 'use'], `There is no secret “${name}” in use.secrets.`, {
      hint: suggest(name, known),
    });
  }
  return (_input, frame) => {
    const secret = frame.secrets.get(name);
    if (secret === undefined)
      throw standardFault('authorization', 'Secret not available', `There is no secret “${name}” for this workflow.`);
    if (isObject(secret)) return secret;
    throw standardFault('configuration', 'Secret of the wrong form', `The secret “${name}” is not an object.`);
  };
}

function text(value: Json | undefined, name: string): string {
  if (typeof value === 'string') return value;
  throw standardFault('authentication', 'Credentials missing', `The ${name} did not come to a string.`);
}
