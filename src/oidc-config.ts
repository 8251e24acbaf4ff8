import { existsSync } from 'node:fs';
import { SETTINGS } from './settings.ts';

/** Whose tokens incoming events must bring. */
export interface OidcConfig {
  readonly issuer: string;
  readonly audience: string;
  /** One that ends in `*` stands for all that begin so. */
  readonly subjects: readonly string[] | undefined;
  readonly keysUrl: string;
  readonly tokenFile: string | undefined;
}

type Values = { readonly [Name in keyof typeof SETTINGS]: string | undefined };

/** Undefined where no audience is set. A setting beside it that would then check nothing is a mistake, added to the problems. */
export function toOidcConfig(values: Values, problems: string[]): OidcConfig | undefined {
  const {
    FAIRLEAD_OIDC_AUDIENCE: audience,
    FAIRLEAD_OIDC_KEYS_URL: keysUrl,
    FAIRLEAD_OIDC_SUBJECTS: subjects,
  } = values;
  const { FAIRLEAD_OIDC_ISSUER: issuer = '', FAIRLEAD_OIDC_TOKEN_FILE: tokenFile } = values;
  if (audience === undefined) {
    if ((keysUrl ?? subjects ?? tokenFile) === undefined) return undefined;
    problems.push(`FAIRLEAD_OIDC_AUDIENCE is not set, so no token is checked. ${SETTINGS.FAIRLEAD_OIDC_AUDIENCE.fix}`);
    return undefined;
  }
  if (tokenFile !== undefined && !existsSync(tokenFile)) {
    const { fix } = SETTINGS.FAIRLEAD_OIDC_TOKEN_FILE;
    problems.push(`FAIRLEAD_OIDC_TOKEN_FILE names ${tokenFile}, which is not there. ${fix}`);
  }
  return {
    issuer,
    audience,
    subjects: subjects?.split(',').map((each) => each.trim()),
    keysUrl: keysUrl ?? `${issuer.replace(/\/$/, '')}/openid/v1/jwks`,
    tokenFile,
  };
}
