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

describe('lines that are to wait', () => {
  function held() {
    const lines: string[] = [];
    const after = Promise.withResolvers<void>();
    const destination = { write: (line: string) => void lines.push(line) };
    const log = createLogger({ level: 'info', destination, after: after.promise }).child({ role: 'runner' });
    const told = () => lines.map((line) => JSON.parse(line));
    return { log, told, end: after.resolve };
  }

  test('are written in their order and with their time, once it is time', async () => {
    const { log, told, end } = held();
    log.info({ nth: 1 }, 'first');
    const saidBy = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
    log.debug({}, 'too little to be told');
    log.info({ nth: 2 }, 'second');
    expect(told()).toEqual([]);
    end();
    await Promise.resolve();
    log.info({ nth: 3 }, 'third');
    expect(told()).toMatchObject([1, 2, 3].map((nth) => ({ nth, role: 'runner' })));
    expect(told()[0].time).toBeLessThanOrEqual(saidBy);
  });

  test('wait for no longer than an error does', () => {
    const { log, told } = held();
    log.info({}, 'before');
    log.error({}, 'broken');
    expect(told().map(({ msg }) => msg)).toEqual(['before', 'broken']);
  });
});

test.each([
  ['exits', 'process.exit(3)'],
  ['dies of an error', 'throw new Error("unexpected")'],
])('what was said before the process %s is written', (_, end) => {
  const module = JSON.stringify(join(import.meta.dirname, '../../src/observe/log.ts'));
  for (const options of ["{ level: 'info' }", "{ level: 'info', after: new Promise(() => {}) }"]) {
    const script = `import { createLogger } from ${module}; createLogger(${options}).info('last words'); ${end}`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(stdout).toContain('last words');
  }
});
