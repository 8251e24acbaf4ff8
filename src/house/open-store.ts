import type { Store } from '../store/store.ts';
import type { Journal } from '../workflow/journal.ts';

/**
 * The store that a setting names: a database by its URL, else a file. Only the driver that is needed is loaded.
 * @param as whether to own a file, or to look into it beside its owner; a database has no owner
 * @throws FairleadError `config.invalid`, `store.*`
 */
export async function openStore(where: string, as: 'owner' | 'guest' = 'owner'): Promise<Store<Journal>> {
  if (/^postgres(?:ql)?:/.test(where)) {
    const { openPostgresStore } = await import('../store/postgres.ts');
    return openPostgresStore({ url: where });
  }
  const { openSqliteStore } = await import('../store/sqlite.ts');
  return openSqliteStore({ path: where, as });
}
