import { createSourceRole } from '../house/roles/source.ts';
import { serveRole } from './serve-role.ts';

serveRole('source', createSourceRole);
