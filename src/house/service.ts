import type { Role, ServiceConfig } from '../config.ts';
import { openStore } from './open-store.ts';
import type { PrepareRole } from './roles/role.ts';
import { type Service, type ServiceOptions, startRole } from './start-role.ts';

/** Each role is loaded by itself, so that a start from zero reads no other. */
const ROLES: Readonly<Record<Role, () => Promise<PrepareRole>>> = {
  source: async () => (await import('./roles/source.ts')).prepareSourceRole,
  runner: async () => (await import('./roles/runner.ts')).prepareRunnerRole,
  functions: async () => (await import('./roles/functions.ts')).prepareFunctionsRole,
  notifier: async () => (await import('./roles/notifier.ts')).prepareNotifierRole,
};

/**
 * Any of the roles, for the command and for tests; a bundle names the one that it holds (`src/serve`).
 * @throws FairleadError `config.invalid`, `workflow.invalid`, `store.*`: what has to be put right before it can start
 */
export async function startService(config: ServiceConfig, role: Role, options: ServiceOptions = {}): Promise<Service> {
  return startRole({ openStore, loadRole: ROLES[role] }, config, role, options);
}
