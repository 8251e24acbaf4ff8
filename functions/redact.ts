/** Text that goes where others read it, without what looks like a credential: tokens, signed claims, passwords in addresses. */

const CREDENTIALS = [
  /\b(?:gh[a-z]_|github_pat_|xox[a-z]-)[\w-]{8,}/g,
  /\beyJ[\w-]{8,}\.[\w.-]+/g,
  /\b(?:bearer|token|basic)\s+[\w.~+/=-]{8,}/gi,
  /(?<=:\/\/)[^\s/@]{1,200}@/g,
  /(?<=[?&](?:access_token|token|secret|signature|sig|key|code|password)=)[^\s&#]+/gi,
  /-----BEGIN [^-]{1,50}-----[^-]*(?:-----END [^-]{1,50}-----)?/g,
];

export function redact(text: string): string {
  return CREDENTIALS.reduce((clean, credential) => clean.replace(credential, '[hidden]'), text);
}
