/** The App's key as operators give it. What comes out of here can sign: nobody learns otherwise from GitHub's silence. */

const BLOCK = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----.+?-----END \1-----/s;

/**
 * The PEM in a text that is PEM, PEM with `\n` written out (one-line environment files), or base64 of either; undefined where
 * there is none, or none that signs as GitHub wants it (RS256).
 */
export function toPrivateKey(text: string): string | undefined {
  const pem = text.includes('-----BEGIN') ? text : Buffer.from(text, 'base64').toString('utf8');
  // What signs takes the first and the last line for the marks, so nothing may stand before or after them.
  const [block] = BLOCK.exec(pem.replaceAll('\\n', '\n')) ?? [];
  return block !== undefined && isRsa(block) ? block : undefined;
}

function isRsa(pem: string): boolean {
  // Not every command and role has a key, and loading this takes longer than reading one.
  const { createPrivateKey } = process.getBuiltinModule('node:crypto');
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
