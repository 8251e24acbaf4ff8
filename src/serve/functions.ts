import { createFunctionsRole } from '../house/roles/functions.ts';
import { serveRole } from './serve-role.ts';

serveRole('functions', createFunctionsRole);
