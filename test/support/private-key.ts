import { generateKeyPairSync } from 'node:crypto';

/** A key such as GitHub gives an App. Made once: it takes longer than a whole pull request. */
export const PRIVATE_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs1', format: 'pem' })
  .toString();
