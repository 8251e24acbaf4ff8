/**
 * `node scripts/compile-ahead.ts <folder>`: compiles each function of a bundle's files, and keeps V8's code beside them
 * (`src/serve/compiled.ts`). A process of its own, for V8 is told to by a flag that holds for all of it.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { CODE, toScript } from '../src/serve/compiled.ts';

const [folder = '.'] = process.argv.slice(2);
for (const name of readdirSync(folder).filter((name) => name.endsWith('.cjs'))) {
  const path = join(folder, name);
  setFlagsFromString('--no-lazy');
  const script = toScript(path);
  // V8 keeps with the code under which flags it was made, and uses it under those alone.
  setFlagsFromString('--lazy');
  writeFileSync(path + CODE, script.createCachedData());
}
