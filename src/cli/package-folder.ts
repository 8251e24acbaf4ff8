import { findPackageJSON } from 'node:module';
import { dirname } from 'node:path';

/** The folder of Fairlead itself, with its `workflows/` and `app.yml`, in a checkout or under node_modules. */
export function packageFolder(): string {
  return dirname(findPackageJSON(import.meta.url) as string);
}
