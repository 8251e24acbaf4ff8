import { serveRole } from './serve-role.ts';

serveRole('runner', async () => (await import('../house/roles/runner.ts')).prepareRunnerRole);
