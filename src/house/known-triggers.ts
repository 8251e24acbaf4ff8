/**
 * The triggers of the last start, kept in the store under a fingerprint of everything they are derived from. A start that
 * finds its own fingerprint there knows which deliveries an event needs before it has loaded a single workflow
 * (docs/decisions/0008-cold-start.md).
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { join } from 'node:path';
import type { Trigger } from '../broker/broker.ts';
import { NO_TENANT } from '../events/event.ts';
import type { Notes } from '../store/store.ts';
import type { OperatorFiles } from './operator-files.ts';

export interface KnownTriggers {
  /** Undefined when anything they were derived from has changed since they were kept. */
  recall(): Promise<readonly Trigger[] | undefined>;
  keep(triggers: readonly Trigger[]): Promise<void>;
}

const NOTE = 'house.triggers';

export function createKnownTriggers(
  { notes }: { readonly notes: Pick<Notes, 'read' | 'write'> },
  { fingerprint }: { readonly fingerprint: string },
): KnownTriggers {
  const prefix = `${fingerprint} `;
  return {
    async recall() {
      const note = await notes.read(NO_TENANT, NOTE);
      return note?.startsWith(prefix) ? (JSON.parse(note.slice(prefix.length)) as readonly Trigger[]) : undefined;
    },
    async keep(triggers) {
      const note = prefix + JSON.stringify(triggers);
      if ((await notes.read(NO_TENANT, NOTE)) !== note) await notes.write(NO_TENANT, NOTE, note);
    },
  };
}

/** A digest of the operator's files and of the code that reads them. */
export function fingerprintOf(files: OperatorFiles): string {
  const hash = createHash('sha256');
  for (const part of codeParts()) hash.update(`${part}\n`);
  for (const { name, text } of files.workflows) hash.update(`${JSON.stringify([name, text])}\n`);
  return hash.update(JSON.stringify(files.channels ?? null)).digest('base64url');
}

/** A published version never changes; the source of a checkout does, without its version. */
function codeParts(): readonly string[] {
  const manifest = readFileSync(findPackageJSON('..', import.meta.filename) as string, 'utf8');
  if (!import.meta.filename.endsWith('.ts')) return [manifest];
  const source = join(import.meta.dirname, '..');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).sort();
  return [
    manifest,
    ...files.map((file) => {
      const { size, mtimeMs } = statSync(join(source, file));
      return JSON.stringify([file, size, mtimeMs]);
    }),
  ];
}
