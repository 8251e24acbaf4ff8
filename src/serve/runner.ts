import { createRunnerRole } from '../house/roles/runner.ts';
import { serveRole } from './serve-role.ts';

serveRole('runner', createRunnerRole);
