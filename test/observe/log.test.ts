import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createLogger } from '../../src/observe/log.ts';

function linesOf(write: (log: ReturnType<typeof createLogger>) => void): readonly Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } }));
  return lines.map((line) => JSON.parse(line));
}

describe('no line tells a secret', () => {
  const failed = Object.assign(new Error('refused'), {
    status: 401,
    token: 'hush',
    request: { headers: { authorization: 'hush' } },
    response: { data: 'hush' },
  });

  test.each([
    { told: 'among its fields', fields: { token: 'hush', event: 'a' }, left: { event: 'a' } },
    { told: 'in an object of it', fields: { app: { privateKey: 'hush', id: 1 } }, left: { app: { id: 1 } } },
    { told: 'in the headers of a request', fields: { headers: { authorization: 'hush' } }, left: { headers: {} } },
    {
      told: 'in the headers of a request in an object of it',
      fields: { call: { headers: { authorization: 'hush', accept: 'b' } } },
      left: { call: { headers: { accept: 'b' } } },
    },
    {
      told: 'in what an error carries',
      fields: { err: failed },
      left: { err: expect.objectContaining({ message: 'refused', status: 401 }) },
    },
  ])('$told', ({ fields, left }) => {
    const [line] = linesOf((log) => log.info(fields, 'said'));

    expect(line).toMatchObject({ ...left, msg: 'said' });
    expect(JSON.stringify(line)).not.toContain('hush');
  });

  test('that its logger was given for all lines', () => {
    const [line] = linesOf((log) => log.child({ secret: 'hush', channel: 'a' }).info('said'));

    expect(line).toMatchObject({ channel: 'a', msg: 'said' });
    expect(JSON.stringify(line)).not.toContain('hush');
  });

  test('and the caller keeps what it gave', () => {
    const fields = { token: 'kept', headers: { authorization: 'kept' } };
    linesOf((log) => log.info(fields, 'said'));

    expect(fields).toEqual({ token: 'kept', headers: { authorization: 'kept' } });
  });
});

test.each([
  ['exits', 'process.exit(3)'],
  ['dies of an error', 'throw new Error("unexpected")'],
])('what was said before the process %s is written', (_, end) => {
  const module = JSON.stringify(join(import.meta.dirname, '../../src/observe/log.ts'));
  const script = `import { createLogger } from ${module}; createLogger({ level: 'info' }).info('last words'); ${end}`;

  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });

  expect(stdout).toContain('last words');
});
