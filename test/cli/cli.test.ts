import { spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import type { Config } from '../../src/config.ts';
import { PRIVATE_KEY } from '../support/private-key.ts';
import { createContext, createOutput } from './context.ts';

async function run(argv: readonly string[], context = createContext()) {
  const exitCode = await runCli(argv, context);
  return { exitCode, stdout: context.stdout.text(), stderr: context.stderr.text() };
}

describe('a command line that is not understood exits with 2 and says what would do', () => {
  it.each([
    ['an unknown command', ['frobnicate'], '“frobnicate”.'],
    ['a mistyped command', ['vaildate', 'x'], 'Did you mean “validate”?'],
    ['a shortened command', ['valid', 'x'], 'Did you mean “validate”?'],
    ['a mistyped second word', ['runs', 'shwo', '1'], '“runs shwo”. Did you mean “runs show”?'],
    ['a group that needs its second word spelled', ['dead-letter'], 'Did you mean “dead-letters”?'],
    ['a mistyped second word of a group that does nothing alone', ['labels', 'snyc'], 'Did you mean “labels sync”?'],
    ['an unknown second word', ['runs', 'frobnicate'], '“runs frobnicate”. “fairlead runs --help” lists them all.'],
    [
      'a group that does nothing alone',
      ['rules'],
      '“rules” takes a second word:\n  rules test [folder]  Run the cases',
    ],
    ['an option of a group that does nothing alone', ['knative', '--check'], '\n  knative generate <workflows>  Write'],
    ['an unknown option', ['runs', '--frob'], '“runs list” has no option --frob.'],
    ['a mistyped option', ['runs', '--jsno'], 'Did you mean “--json”?'],
    ['an option of another command', ['start', '--json'], '“start” has no option --json.'],
    ['an unknown short option', ['runs', '-x'], 'has no option -x'],
    ['an option without its value', ['runs', '--limit'], '--limit needs a value: --limit <count>.'],
    ['an option followed by an option', ['runs', '--limit', '--json'], '--limit needs a value'],
    ['a flag with a value', ['runs', '--json=yes'], '--json takes no value.'],
    ['a count that is none', ['runs', '--limit', '0'], '--limit is “0”; it takes a whole number above zero.'],
    ['a status that is none', ['runs', '--status', 'done'], '--status is “done”; a run is pending,'],
    ['a missing argument', ['validate'], '“validate” needs <file>.'],
    ['one argument too many', ['runs', 'show', 'a', 'b'], 'does not know what to do with “b”'],
    ['a setup without the address of the bot', ['setup'], '“setup” needs --url: where GitHub will reach the bot'],
    ['help on an unknown command', ['help', 'frob'], 'no command “frob”'],
  ])('%s', async (_, argv, message) => {
    const { exitCode, stdout, stderr } = await run(argv);
    expect(stderr).toContain(message);
    expect([exitCode, stdout]).toEqual([2, '']);
  });
});

describe('help', () => {
  it.each([[[]], [['--help']], [['-h']], [['help']]])('%j shows every command', async (argv) => {
    const { exitCode, stdout } = await run(argv);
    expect(exitCode).toBe(0);
    for (const { name, summary } of COMMANDS) {
      expect(stdout).toContain(name);
      expect(stdout).toContain(summary);
    }
  });

  it.each(COMMANDS.map((command) => [command.name, command] as const))(
    '“%s --help” shows each option, and runs nothing',
    async (name, command) => {
      const { exitCode, stdout } = await run([...name.split(' '), '--help']);
      expect(exitCode).toBe(0);
      expect(stdout).toContain(`Usage: fairlead ${name}`);
      for (const option of Object.keys(command.options)) expect(stdout).toContain(`--${option}`);
      expect(stdout).toContain('Exit codes:');
    },
  );

  const groups = new Set(COMMANDS.flatMap(({ name }) => (name.includes(' ') ? [name.split(' ', 1)[0] as string] : [])));

  it.each([...groups])('“%s --help” lists the commands that begin so, each with what it does', async (group) => {
    const { exitCode, stdout, stderr } = await run([group, '--help']);
    expect([exitCode, stderr]).toEqual([0, '']);
    for (const { name, summary } of COMMANDS) {
      const isOfTheGroup = name.startsWith(`${group} `);
      expect(stdout.includes(`  ${name} `) && stdout.includes(summary)).toBe(isOfTheGroup);
    }
    expect((await run([group, '-h'])).stdout).toBe(stdout);
    expect((await run(['help', group])).stdout).toBe(stdout);
    expect((await run(['help', group, '--help'])).stdout).toBe(stdout);
  });

  it('of a group says what its name alone does', async () => {
    expect((await run(['runs', '--help'])).stdout).toContain('fairlead runs alone is fairlead runs list.');
    expect((await run(['rules', '--help'])).stdout).not.toContain('alone');
  });

  it('“help runs show” is “runs show --help”', async () => {
    expect((await run(['help', 'runs', 'show'])).stdout).toBe((await run(['runs', 'show', '-h'])).stdout);
  });

  it.each(COMMANDS.map((command) => [command.name, command] as const))('“%s” loads a function', async (_, command) => {
    expect(await command.load()).toBeTypeOf('function');
  });
});

describe('colour', () => {
  it.each([
    ['is there on a terminal', true, {}, [], true],
    ['is not there in a pipe', false, {}, [], false],
    ['is not there when NO_COLOR is set', true, { NO_COLOR: '1' }, [], false],
    ['is there when NO_COLOR is empty', true, { NO_COLOR: '' }, [], true],
    ['is not there on a dumb terminal', true, { TERM: 'dumb' }, [], false],
    ['is there in a pipe when it is forced', false, { FORCE_COLOR: '1' }, [], true],
    ['is not there with --no-color', true, {}, ['--no-color'], false],
  ])('%s', async (_, isTTY, environment, extra, coloured) => {
    const stdout = createOutput(isTTY);
    await runCli(['--help', ...extra], { ...createContext(environment), stdout });
    expect(stdout.text().includes('\u001b[')).toBe(coloured);
  });
});

describe('a reader of the output', () => {
  const lose = async (code: string) => {
    const stream = Object.assign(new EventEmitter(), { write: () => true });
    await runCli(['--help'], { ...createContext(), stdout: stream });
    stream.emit('error', Object.assign(new Error(code), { code }));
  };

  it('may leave before the end', () => expect(lose('EPIPE')).resolves.toBeUndefined());
  it('is missed when the output fails in another way', () => expect(lose('ENOSPC')).rejects.toThrow('ENOSPC'));
});

describe('start', () => {
  const settings = { APP_ID: '1', PRIVATE_KEY, WEBHOOK_SECRET: 'a-long-secret' };

  it('runs the bot with the configuration until it is told to stop, then stops it', async () => {
    const story: string[] = [];
    const { exitCode } = await run(
      ['start'],
      createContext(settings, {
        startBot: async (config: Config) => {
          story.push(`started app ${config.github.appId}`);
          return { webhookUrl: '', stop: async () => void story.push('stopped') };
        },
        untilStopped: async () => void story.push('told to stop'),
      }),
    );
    expect([exitCode, story]).toEqual([0, ['started app 1', 'told to stop', 'stopped']]);
  });

  it('refuses to run without a secret, says how to fix it, and exits with 2', async () => {
    const { exitCode, stderr } = await run(['start'], createContext({ ...settings, WEBHOOK_SECRET: undefined }));
    expect(exitCode).toBe(2);
    expect(stderr).toContain('WEBHOOK_SECRET is not set.');
    expect(stderr).toContain('openssl rand -hex 32');
  });

  it('exits with 1 and shows the stack of an error it has no words for', async () => {
    const { exitCode, stderr } = await run(
      ['start'],
      createContext(settings, { startBot: () => Promise.reject(new TypeError('boom')) }),
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/TypeError: boom\n {4}at /);
  });
});

describe('the launcher', () => {
  const launcher = fileURLToPath(new URL('../../bin/fairlead.js', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-cli-'));
  mkdirSync(join(folder, '.env'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const launch = (...argv: string[]) =>
    spawnSync(process.execPath, [launcher, ...argv], { encoding: 'utf8', cwd: folder });

  it.each([[['--help']], [['--version']], [['start', '--help']]])(
    'answers %j beside an .env that cannot be read',
    (argv) => {
      const { status, stdout, stderr } = launch(...argv);
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).not.toBe('');
    },
  );

  it('tells of an .env that cannot be read, and how to put it right, where a command needs settings', () => {
    const { status, stdout, stderr } = launch('runs');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^fairlead: \.env in .+ cannot be read\. Make it a file .+\n$/);
  });

  it('runs the sources of a checkout and passes the exit code on', () => {
    const version = spawnSync(process.execPath, [launcher, '--version'], { encoding: 'utf8' });
    expect([version.status, version.stderr]).toEqual([0, '']);
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(spawnSync(process.execPath, [launcher, 'frobnicate']).status).toBe(2);
  });
});
