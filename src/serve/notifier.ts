import { createNotifierRole } from '../house/roles/notifier.ts';
import { serveRole } from './serve-role.ts';

serveRole('notifier', createNotifierRole);
