/**
 * The entry of a bundle (`scripts/bundle.ts`): loads its files with the code that V8 made of them when the bundle was built.
 * Node's own compile cache holds what V8 compiles at once, which is next to nothing: it leaves each function for when it is
 * first called, and a process that is started for a request calls most of what it loads once.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';

/** Beside a file, under its name with this behind: what V8 made of it. */
export const CODE = '.code';
const PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'] as const;

interface Loaded {
  exports: unknown;
}

/** A CommonJS file as V8 is given it. Code of another V8, or made with other flags, is left aside by V8 itself. */
export function toScript(path: string, code?: Buffer): Script {
  const text = `(function (${PARAMETERS.join(', ')}) {${readFileSync(path, 'utf8')}\n})`;
  return new Script(text, { filename: path, ...(code === undefined ? {} : { cachedData: code }) });
}

/** Runs a file of a folder, and whatever files of that folder it requires. */
export function loadCompiled(folder: string, entry: string): void {
  const outside = createRequire(join(folder, entry));
  const known = new Map<string, Loaded>();
  const isOurs = (id: string) => id.startsWith('./') && id.endsWith('.cjs');
  const inside = Object.assign((id: string) => (isOurs(id) ? load(id.slice('./'.length)) : outside(id)), outside);

  function load(name: string): unknown {
    const before = known.get(name);
    if (before !== undefined) return before.exports;
    const path = join(folder, name);
    const module: Loaded = { exports: {} };
    known.set(name, module);
    try {
      const run = toScript(path, codeOf(path)).runInThisContext();
      run.call(module.exports, module.exports, inside, module, path, folder);
    } catch (error) {
      known.delete(name);
      throw error;
    }
    return module.exports;
  }

  inside(entry);
}

function codeOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path + CODE);
  } catch {
    return undefined;
  }
}
