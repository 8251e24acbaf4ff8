import type { components } from '@octokit/openapi-types';

type Schemas = components['schemas'];

export interface Answer {
  readonly status: number;
  /** Sent as JSON; a string or buffer is sent as it is under `contentType`. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const DOCUMENTATION = 'https://docs.github.com/rest';

export function refusal(status: number, message: string): Answer {
  const body = { message, documentation_url: DOCUMENTATION, status: String(status) } satisfies Schemas['basic-error'];
  return { status, body };
}

export const notFound = (): Answer => refusal(404, 'Not Found');

/** 422 with the fields at fault, as most of GitHub's resources say it. */
export function validationFailed(errors: NonNullable<Schemas['validation-error']['errors']>): Answer {
  const body = {
    message: 'Validation Failed',
    errors,
    documentation_url: DOCUMENTATION,
  } satisfies Schemas['validation-error'];
  return { status: 422, body: { ...body, status: '422' } };
}

/** 422 of a request whose JSON is not what the operation takes. */
export function invalidRequest(reason: string): Answer {
  return refusal(422, `Invalid request.\n\n${reason}`);
}
