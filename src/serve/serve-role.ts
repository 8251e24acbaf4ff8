import { type Role, readEnvironment, readServiceConfig } from '../config.ts';
import type { PrepareRole } from '../house/roles/role.ts';
import { startRole } from '../house/start-role.ts';
import { openPostgresStore } from '../store/postgres.ts';
import { serve } from './serve.ts';

/** One role over Postgres, which is the only store that processes can share: SQLite stays out of its bundle. */
export function serveRole(role: Role, loadRole: () => Promise<PrepareRole>): void {
  const openStore = (url: string) => openPostgresStore({ url });
  void serve(`start --role ${role}`, () =>
    startRole({ openStore, loadRole }, readServiceConfig(readEnvironment(), role), role),
  );
}
