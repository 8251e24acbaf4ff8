import { serveRole } from './serve-role.ts';

serveRole('notifier', async () => (await import('../house/roles/notifier.ts')).prepareNotifierRole);
