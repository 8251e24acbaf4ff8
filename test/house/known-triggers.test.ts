import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Trigger } from '../../src/broker/broker.ts';
import { createKnownTriggers, fingerprintOf } from '../../src/house/known-triggers.ts';
import { readOperatorFiles } from '../../src/house/operator-files.ts';
import type { Notes } from '../../src/store/store.ts';

const TRIGGERS: readonly Trigger[] = [
  { name: 'runner-pull-request', filters: [{ exact: { type: 'a' } }] },
  { name: 'notify-console', filters: [{ exact: { type: 'b' } }], concurrency: 4 },
];

function createNotes(): Pick<Notes, 'read' | 'write'> & { writes: number } {
  const notes = new Map<string, string>();
  return {
    writes: 0,
    read: async (tenant, name) => notes.get(`${tenant}/${name}`),
    async write(tenant, name, value) {
      this.writes += 1;
      notes.set(`${tenant}/${name}`, value);
    },
  };
}

describe('the triggers of the last start', () => {
  test('are unknown to a first start', async () => {
    const known = createKnownTriggers({ notes: createNotes() }, { fingerprint: 'one' });
    expect(await known.recall()).toBeUndefined();
  });

  test('are recalled by a start with the same fingerprint, and by no other', async () => {
    const notes = createNotes();
    await createKnownTriggers({ notes }, { fingerprint: 'one' }).keep(TRIGGERS);
    expect(await createKnownTriggers({ notes }, { fingerprint: 'one' }).recall()).toEqual(TRIGGERS);
    expect(await createKnownTriggers({ notes }, { fingerprint: 'on' }).recall()).toBeUndefined();
    expect(await createKnownTriggers({ notes }, { fingerprint: 'two' }).recall()).toBeUndefined();
  });

  test('are not written again when nothing changed', async () => {
    const notes = createNotes();
    const known = createKnownTriggers({ notes }, { fingerprint: 'one' });
    await known.keep(TRIGGERS);
    await known.keep(TRIGGERS);
    expect(notes.writes).toBe(1);
  });
});

describe('the fingerprint', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-fingerprint-'));
    writeFileSync(join(folder, 'a.yaml'), 'a: 1');
    writeFileSync(join(folder, 'channels.yml'), 'channels: []');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const fingerprint = (channels?: string) =>
    fingerprintOf(readOperatorFiles({ workflowsPath: folder, channelsPath: channels && join(folder, channels) }));

  test('is the same for the same files', () => {
    expect(fingerprint()).toBe(fingerprint());
  });

  test.each<readonly [string, () => void]>([
    ['an edited workflow', () => writeFileSync(join(folder, 'a.yaml'), 'a: 2')],
    ['a further workflow', () => writeFileSync(join(folder, 'b.yaml'), '')],
    ['a workflow gone', () => rmSync(join(folder, 'a.yaml'))],
  ])('changes with %s', (_, change) => {
    const before = fingerprint();
    change();
    expect(fingerprint()).not.toBe(before);
  });

  test('changes with a channels file named, and with its text', () => {
    const unnamed = fingerprint();
    const named = fingerprint('channels.yml');
    writeFileSync(join(folder, 'channels.yml'), 'channels: [{ name: console, platform: console }]');
    expect(new Set([unnamed, named, fingerprint('channels.yml')]).size).toBe(3);
  });
});
