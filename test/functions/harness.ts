/** Functions over the real GitHub client and nock; calls are recorded in the order they arrive. */
import nock from 'nock';
import {
  createFunctionContexts,
  type DryRun,
  type FunctionContext,
  type LedgerEntry,
} from '../../functions/context.ts';
import { type Clock, systemClock } from '../../src/observe/clock.ts';
import type { CallContext } from '../../src/workflow/function.ts';
import { API, createTestGitHub, grantToken } from '../github/harness.ts';

export interface Call {
  readonly call: string;
  readonly body: unknown;
}

export type Reply = (body: never, path: string) => readonly [number, unknown?, Record<string, string>?];

/** An owner without defaults, and a repository without files of other tools. */
const NOTHING: Readonly<Record<string, Reply>> = {
  'POST /graphql ReadFiles': ({ variables }: { variables: { name: string } }) =>
    variables.name === '.github'
      ? [200, { data: { repository: null }, errors: [{ type: 'NOT_FOUND', path: ['repository'], message: 'none' }] }]
      : [200, { data: { repository: { head: { oid: 'c0' } } } }],
};

/**
 * Answers each `METHOD /path` (the query left out of the key); anything else is a 501 that fails the test. The query
 * for what may stand beside a repository's own file, named behind its path, finds nothing and is recorded only where a test
 * answers it.
 */
export function serve(routes: Readonly<Record<string, Reply>>): readonly Call[] {
  const calls: Call[] = [];
  for (const method of ['GET', 'POST', 'PATCH', 'DELETE', 'PUT']) {
    nock(API)
      .persist()
      .intercept((path) => !path.endsWith('/access_tokens'), method)
      .reply(async (request: Request) => {
        const { pathname } = new URL(request.url);
        const text = await request.text();
        const body: unknown = text === '' ? undefined : JSON.parse(text);
        const isFiles = /^query ReadFiles\b/.test(String((body as { query?: unknown } | undefined)?.query));
        const call = `${method} ${pathname.replace('/repos/Codertocat/Hello-World', '')}${isFiles ? ' ReadFiles' : ''}`;
        if (call in routes || !(call in NOTHING)) calls.push({ call, body });
        const missing = [501, { message: `nobody answers ${call}` }] as const;
        const reply = routes[call] ?? NOTHING[call];
        const [status, answer = {}, headers = {}] = reply?.(body as never, request.url) ?? missing;
        return [status, answer as nock.Body, headers];
      });
  }
  return calls;
}

/** Time that passes fifty times as fast, beside sockets that do not. */
export function createFastClock(): Clock {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * 50,
    after(ms, callback) {
      const timer = setTimeout(callback, ms / 50);
      return () => clearTimeout(timer);
    },
  };
}

export interface TestLedger {
  read(tenant: string, subject: string): Promise<readonly LedgerEntry[]>;
  write(tenant: string, subject: string, entries: readonly LedgerEntry[]): Promise<void>;
  forget(tenant: string, subject: string, entries: readonly Pick<LedgerEntry, 'kind' | 'name'>[]): Promise<void>;
}

export function createLedger(): TestLedger {
  const rows = new Map<string, LedgerEntry>();
  const keyOf = (tenant: string, subject: string, { kind, name }: Pick<LedgerEntry, 'kind' | 'name'>) =>
    JSON.stringify([tenant, subject, kind, name.toLowerCase()]);
  return {
    async read(tenant, subject) {
      const prefix = JSON.stringify([tenant, subject]).slice(0, -1);
      return [...rows].filter(([key]) => key.startsWith(`${prefix},`)).map(([, entry]) => entry);
    },
    async write(tenant, subject, entries) {
      for (const entry of entries) rows.set(keyOf(tenant, subject, entry), entry);
    },
    async forget(tenant, subject, entries) {
      for (const entry of entries) rows.delete(keyOf(tenant, subject, entry));
    },
  };
}

export interface Workbench {
  readonly ledger: TestLedger;
  readonly clock: Clock;
  readonly toContext: (call: CallContext) => FunctionContext;
  contextOf(over?: Partial<CallContext>): FunctionContext;
}

export function createWorkbench(
  options: {
    readonly checkRuns?: boolean;
    readonly dryRun?: DryRun;
    readonly tenants?: readonly string[];
    readonly clock?: Clock;
  } = {},
): Workbench {
  const { clock = systemClock, tenants = ['1'], dryRun = 'off' } = options;
  const { github } = createTestGitHub({ clock, writes: dryRun === 'off' ? 'all' : 'check-runs' });
  for (const tenant of tenants) grantToken(tenant, `of-${tenant}`, clock.now() + 10 * 86_400_000);
  const ledger = createLedger();
  const toContext = createFunctionContexts({
    github,
    ledger,
    appId: '42',
    checkRuns: options.checkRuns ?? true,
    dryRun,
    now: clock.now,
  });
  return {
    ledger,
    clock,
    toContext,
    contextOf: (over) =>
      toContext({
        tenant: '1',
        runId: 'run',
        effectKey: 'run/task',
        uncertain: false,
        signal: new AbortController().signal,
        ...over,
      }),
  };
}
