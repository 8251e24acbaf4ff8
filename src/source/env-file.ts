/** Settings kept in a `.env` file: what is there stays, what is given replaces, and only its owner may read it. */
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** A line of a setting, its value possibly quoted and of several lines. */
const SETTING = /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(?:"[^"]*"|'[^']*'|`[^`]*`|[^\r\n]*)(?:\r?\n|$)/gm;

/** Writes through a second file, so that a crash leaves either the old settings or the new ones. */
export function writeSettings(path: string, settings: Readonly<Record<string, string>>): void {
  const kept = readIfThere(path).replace(SETTING, (line, name: string) => (Object.hasOwn(settings, name) ? '' : line));
  const before = kept === '' || kept.endsWith('\n') ? kept : `${kept}\n`;
  const added = Object.entries(settings).map(([name, value]) => `${name}=${quote(value)}\n`);
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, before + added.join(''), { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Double quotes, in which `\n` is a line break: https://nodejs.org/api/environment_variables.html#env-files */
function quote(value: string): string {
  return `"${value.replace(/\r?\n/g, '\\n')}"`;
}
