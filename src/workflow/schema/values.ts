// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the DSL writes its expressions so.
import { z } from 'zod';
import { ISO_DURATION } from '../duration.ts';
import { ENCLOSED } from '../enclosed.ts';

/**
 * The small values that several tasks share, as the DSL's JSON Schema has them.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/schema/workflow.yaml
 */

/** A URI, a URI reference or a template of one; anything without blanks that is not an expression. */
const URI_TEMPLATE = /^(?!\s*\$\{)(?=\S)(([^:/?#]+):)?(\/\/([^/?#\s]*))?([^?#\s]*)(\?([^#\s]*))?(#(\S*))?$/;

const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$/;

export const semver = z.string().regex(SEMVER, 'Expected a semantic version such as 1.0.0.');

export const hostLabel = z
  .string()
  .regex(
    /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/,
    'Expected letters, digits and hyphens, 63 at most, no hyphen at either end.',
  );

export const enclosed = z.string().regex(ENCLOSED, 'Expected a runtime expression, enclosed in ${ }.');

export const uriTemplate = z.string().regex(URI_TEMPLATE, 'Expected a URI or a URI template.');

/** An object of any content. `z.record` would refuse the class instances that never come out of YAML anyway. */
export const anyObject = z.record(z.string(), z.unknown());

export const stringMap = z.record(z.string(), z.string());

export const duration = z.union([
  z
    .strictObject({
      days: z.int().optional(),
      hours: z.int().optional(),
      minutes: z.int().optional(),
      seconds: z.int().optional(),
      milliseconds: z.int().optional(),
    })
    .refine(
      (parts) => Object.keys(parts).length > 0,
      'Expected at least one of days, hours, minutes, seconds, milliseconds.',
    ),
  enclosed,
  z.string().regex(ISO_DURATION, 'Expected an ISO 8601 duration such as PT30S, or an expression in ${ }.'),
]);
export type DurationSource = z.output<typeof duration>;

/** Where the next task is looked for: `continue`, `exit`, `end`, or the name of a task of the same list. */
export const flowDirective = z.string();

const secretReference = z.strictObject({ use: z.string().min(1) });

const oauth2Token = z.strictObject({ token: z.string(), type: z.string() });

const oauth2Properties = {
  authority: uriTemplate,
  grant: z.enum([
    'authorization_code',
    'client_credentials',
    'password',
    'refresh_token',
    'urn:ietf:params:oauth:grant-type:token-exchange',
  ]),
  client: z
    .strictObject({
      id: z.string().optional(),
      secret: z.string().optional(),
      assertion: z.string().optional(),
      authentication: z
        .enum(['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'])
        .optional(),
    })
    .optional(),
  request: z
    .looseObject({ encoding: z.enum(['application/x-www-form-urlencoded', 'application/json']).optional() })
    .optional(),
  issuers: z.array(z.string()).optional(),
  scopes: z.array(z.string()).optional(),
  audiences: z.array(z.string()).optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  subject: oauth2Token.optional(),
  actor: oauth2Token.optional(),
};

const oauth2Endpoints = z
  .looseObject({
    token: z.string().optional(),
    revocation: z.string().optional(),
    introspection: z.string().optional(),
  })
  .optional();

const credentials = z.union([z.strictObject({ username: z.string(), password: z.string() }), secretReference]);

const policies = {
  basic: credentials,
  bearer: z.union([z.strictObject({ token: z.string() }), secretReference]),
  digest: credentials,
  oauth2: z.union([z.strictObject({ ...oauth2Properties, endpoints: oauth2Endpoints }), secretReference]),
  oidc: z.union([z.strictObject(oauth2Properties), secretReference]),
};

/** As `use.authentications` holds it: the DSL lets other properties stand beside the one scheme. */
export const authenticationPolicy = z
  .union([
    z.looseObject({ basic: policies.basic }),
    z.looseObject({ bearer: policies.bearer }),
    z.looseObject({ digest: policies.digest }),
    z.looseObject({ oauth2: policies.oauth2 }),
    z.looseObject({ oidc: policies.oidc }),
  ])
  .refine(
    (policy) => Object.keys(policies).filter((scheme) => Object.hasOwn(policy, scheme)).length === 1,
    `Expected one of ${Object.keys(policies).join(', ')}.`,
  );

/** As a call holds it: a policy of its own and nothing else, or the name of one in `use.authentications`. */
export const authentication = z.union([
  z.strictObject({ use: z.string().min(1) }),
  z.strictObject({ basic: policies.basic }),
  z.strictObject({ bearer: policies.bearer }),
  z.strictObject({ digest: policies.digest }),
  z.strictObject({ oauth2: policies.oauth2 }),
  z.strictObject({ oidc: policies.oidc }),
]);
export type Authentication = z.output<typeof authentication>;
export type AuthenticationPolicy = Exclude<Authentication, { readonly use: string }>;

export const endpoint = z.union([
  enclosed,
  uriTemplate,
  z.strictObject({ uri: z.union([uriTemplate, enclosed]), authentication: authentication.optional() }),
]);
export type Endpoint = z.output<typeof endpoint>;

export const externalResource = z.strictObject({ name: z.string().optional(), endpoint });
export type ExternalResource = z.output<typeof externalResource>;

/** `raw` is base64, `content` the decoded body, `response` the whole answer. */
export const httpOutput = z.enum(['raw', 'content', 'response']);
export type HttpOutput = z.output<typeof httpOutput>;

export const dataSchema = z.union([
  z.strictObject({ format: z.string().optional(), document: z.unknown().nonoptional() }),
  z.strictObject({ format: z.string().optional(), resource: externalResource }),
]);
export type DataSchema = z.output<typeof dataSchema>;

const transformation = z.union([z.string(), anyObject]);

export const inputModel = z.strictObject({ schema: dataSchema.optional(), from: transformation.optional() });
export const outputModel = z.strictObject({ schema: dataSchema.optional(), as: transformation.optional() });
export const exportModel = z.strictObject({ schema: dataSchema.optional(), as: transformation.optional() });

export const timeout = z.strictObject({ after: duration });
export const timeoutOrName = z.union([timeout, z.string()]);

export const errorModel = z.strictObject({
  type: z.union([uriTemplate, enclosed]),
  status: z.int(),
  instance: z.string().optional(),
  title: z.string().optional(),
  detail: z.string().optional(),
});
export type ErrorModel = z.output<typeof errorModel>;

export const retryPolicy = z.strictObject({
  when: z.string().optional(),
  exceptWhen: z.string().optional(),
  delay: duration.optional(),
  backoff: z
    .union([
      z.strictObject({ constant: anyObject }),
      z.strictObject({ exponential: anyObject }),
      z.strictObject({ linear: anyObject }),
    ])
    .optional(),
  limit: z
    .strictObject({
      attempt: z.strictObject({ count: z.int().optional(), duration: duration.optional() }).optional(),
      duration: duration.optional(),
    })
    .optional(),
  jitter: z.strictObject({ from: duration, to: duration }).optional(),
});
export type RetryPolicy = z.output<typeof retryPolicy>;

/** What every task may carry around its own work. */
export const taskBase = {
  if: z.string().optional(),
  input: inputModel.optional(),
  output: outputModel.optional(),
  export: exportModel.optional(),
  timeout: timeoutOrName.optional(),
  // biome-ignore lint/suspicious/noThenProperty: the DSL's own word; these objects are never awaited.
  then: flowDirective.optional(),
  metadata: anyObject.optional(),
};
export type TaskBase = z.output<z.ZodObject<typeof taskBase>>;
