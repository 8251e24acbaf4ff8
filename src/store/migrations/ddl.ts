import type { RawBuilder } from 'kysely';

/** Where the databases' languages for defining tables differ. */
export interface Ddl {
  /**
   * Ends the definition of a table of small rows that are read by their key: where the database can, it keeps the rows in
   * the key's own tree, one write instead of two.
   */
  readonly clustered: RawBuilder<unknown>;
}
