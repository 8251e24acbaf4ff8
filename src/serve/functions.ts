import { serveRole } from './serve-role.ts';

serveRole('functions', async () => (await import('../house/roles/functions.ts')).prepareFunctionsRole);
