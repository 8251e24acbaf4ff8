import { z } from 'zod';

/** Where secrets are read: the environment and files, both behind functions, since the configuration alone may touch them. */
export interface Secrets {
  env(name: string): string | undefined;
  /** @throws where the file cannot be read */
  file(path: string): string;
}

/** Schema of a reference to a secret; parsing it reads the secret. No error contains what was written or read. */
export type SecretSchema = ReturnType<typeof createSecretSchema>;

const REFERENCE = 'expected { env: NAME } or { file: PATH }; a secret is named in this file, never written in it';

export function createSecretSchema(secrets: Secrets) {
  return z
    .strictObject({ env: z.string().min(1).optional(), file: z.string().min(1).optional() }, { error: REFERENCE })
    .transform((reference, context): string => {
      const found = read(secrets, reference);
      if ('value' in found) return found.value;
      context.addIssue({ code: 'custom', message: found.problem });
      return z.NEVER;
    });
}

/** A secret that is a URL: https, but for loopback, since whoever reads it on the way can use it. */
export function secretUrl(secret: SecretSchema) {
  return secret.refine(isSafeUrl, {
    error: 'the secret is not a URL that starts with https:// (http:// is taken for 127.0.0.1 and localhost alone)',
  });
}

/** Root of an API that is given a token: https, but for loopback. Written without a slash at its end. */
export function apiRoot(fallback: string) {
  return z
    .string()
    .refine(isSafeUrl, {
      error: 'expected a URL that starts with https:// (http:// is taken for 127.0.0.1 and localhost alone)',
    })
    .transform((url) => url.replace(/\/+$/, ''))
    .default(fallback);
}

type Found = { readonly value: string } | { readonly problem: string };

function read(secrets: Secrets, { env, file }: { readonly env?: string; readonly file?: string }): Found {
  if ((env === undefined) === (file === undefined)) return { problem: REFERENCE };
  if (env !== undefined) {
    const value = secrets.env(env)?.trim();
    return value ? { value } : { problem: `the environment variable ${env} is not set` };
  }
  try {
    const value = secrets.file(file as string).trim();
    return value === '' ? { problem: `the file ${file} is empty` } : { value };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return { problem: `the file ${file} cannot be read${code === undefined ? '' : ` (${code})`}` };
  }
}

function isSafeUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  const loopback = url.hostname === 'localhost' || url.hostname === '[::1]' || url.hostname.startsWith('127.');
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopback);
}
