import { serveRole } from './serve-role.ts';

serveRole('source', async () => (await import('../house/roles/source.ts')).prepareSourceRole);
