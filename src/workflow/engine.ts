import { FairleadError } from '../events/fairlead-error.ts';
import type { Json } from '../expression/json.ts';
import type { Caller } from './caller.ts';
import type { Ending } from './chronicle.ts';
import type { Definition } from './definition.ts';
import { faultToJson, standardFault, timedOut, toFault } from './fault.ts';
import { runList } from './flow.ts';
import type { Frame, HostFunctions, Secrets, TaskFrame, World } from './frame.ts';
import { type HttpClient, nodeHttpClient } from './http.ts';
import type { ClaimedRun, Journal, RunRecord } from './journal.ts';
import { createLifecycle, type LifecycleMode } from './lifecycle.ts';
import {
  type Clock,
  DEFAULT_LIMITS,
  type Definitions,
  type EventBus,
  type Limits,
  type Log,
  type Secrets as SecretSource,
} from './ports.ts';
import { openRun, type Run, type RunControl } from './run.ts';
import { STOPPED } from './strands.ts';
import { describeEnd, endedType } from './tasks/run-workflow-task.ts';
import { restoreEntries } from './terse-entries.ts';

export interface EngineOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly definitions: Definitions<Definition>;
  readonly caller?: Caller;
  /** Functions that a `call` names directly. */
  readonly functions?: HostFunctions;
  readonly secrets?: SecretSource;
  readonly http?: HttpClient;
  readonly log?: Log;
  readonly limits?: Partial<Limits>;
  readonly random?: () => number;
  /** Lifecycle CloudEvents; none by default. */
  readonly lifecycle?: LifecycleMode;
  /** `$runtime`. */
  readonly runtime?: { readonly version: string; readonly metadata?: Json };
  /** Called at named places between effects and commits, for tests that end the process there. */
  readonly crashPoint?: (name: string, position: string) => void;
}

/** Why an execution is told to stop; the reason that its signal is aborted with. Any other reason is a `release`. */
export type Stop =
  /** The run is recorded as cancelled. */
  | { readonly kind: 'cancel'; readonly reason: string }
  /** Tasks under way are finished and recorded, then the run is recorded as suspended. */
  | { readonly kind: 'suspend' }
  /** The run is recorded as faulted: it cannot go on, for a reason that lies outside of it. */
  | { readonly kind: 'fault'; readonly fault: Json }
  /** It was recorded as suspended by somebody else, who took the lease: nothing more is written, but it is told. */
  | { readonly kind: 'suspended' }
  /** Nothing more is written: the lease is lost or the process ends. Whoever claims the run next goes on. */
  | { readonly kind: 'release' };

export interface Engine {
  /**
   * Goes on with a claimed run until it ends or has to wait, and writes all of it to the journal. Rejects when the journal
   * does (`store.fenced`: another process has the run); the run is then as it was recorded last.
   */
  execute(claimed: ClaimedRun, signal?: AbortSignal): Promise<'ended' | 'parked'>;
}

/** How long a fetched OpenAPI document or schema is used without looking again. */
const DOCUMENT_TTL_MS = 5 * 60_000;
const MAX_DOCUMENTS = 200;

/** Runs claimed runs; keeps nothing of them once they are ended or parked. */
export function createEngine(options: EngineOptions): Engine {
  const { journal, clock, bus } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { lifecycle: mode = 'off' } = options;
  const lifecycle = mode === 'off' ? undefined : createLifecycle(mode, bus);
  const documents = new Map<string, { readonly at: number; readonly value: Promise<Json> }>();
  const world: World = {
    journal,
    clock,
    bus,
    limits,
    caller: options.caller ?? NO_CALLER,
    definitions: options.definitions,
    functions: options.functions ?? {},
    http: options.http ?? nodeHttpClient,
    random: options.random ?? Math.random,
    runtime: { name: 'fairlead', version: options.runtime?.version ?? '0', metadata: options.runtime?.metadata ?? {} },
    crashPoint: options.crashPoint ?? (() => {}),
    document(url, fetch) {
      const known = documents.get(url);
      if (known !== undefined && clock.now() - known.at < DOCUMENT_TTL_MS) return known.value;
      if (documents.size >= MAX_DOCUMENTS) documents.delete(documents.keys().next().value as string);
      const value = fetch();
      documents.set(url, { at: clock.now(), value });
      value.catch(() => documents.delete(url));
      return value;
    },
  };

  async function definitionOf(claimed: ClaimedRun): Promise<Definition> {
    const { digest, namespace, name, version } = claimed.record.definition;
    const known = options.definitions.byDigest(digest);
    const found = known ?? (await restore(digest, `${namespace}/${name}/${version}`));
    const [unsupported] = found.unsupported;
    if (unsupported === undefined) return found;
    throw standardFault('configuration', 'Not supported', unsupported.message);
  }

  /** The run's definition is no longer among those registered: its own text was kept for this. */
  async function restore(digest: string, file: string): Promise<Definition> {
    const text = await journal.readDefinition(digest);
    // Seldom, and with it comes all that checks a definition.
    const { loadDefinition } = await import('./definition.ts');
    const loaded =
      text === undefined ? undefined : loadDefinition(text, { file, functions: Object.keys(world.functions) });
    if (loaded?.definition !== undefined) return loaded.definition;
    throw standardFault(
      'configuration',
      'Unknown workflow',
      `The definition ${file} of this run is not here any more.`,
    );
  }

  async function secretsOf(definition: Definition): Promise<Secrets> {
    const { secrets } = definition.workflow;
    const values = await Promise.all(
      secrets.map(async (name) => [name, await options.secrets?.(name, definition.ref)] as const),
    );
    return new Map(values);
  }

  /** Everything between the claim and the end, on the run's first strand. */
  async function perform(run: Run, definition: Definition): Promise<Json> {
    const { workflow } = definition;
    const frame: Frame = {
      world,
      run,
      definition,
      secrets: workflow.secrets.length === 0 ? NO_SECRETS : await secretsOf(definition),
      strand: run.strands.root,
      position: '',
      variables: undefined,
      attempt: 1,
      uncertain: run.isRecovering,
      since: run.startedAt,
      extended: undefined,
    };
    const raw = run.claimed.record.input;
    const asTask = { ...frame, input: raw } as TaskFrame;
    await workflow.input.check?.(raw, asTask, 'The workflow’s input');
    const input = workflow.input.transform(raw, frame);
    const result =
      workflow.timeout === undefined
        ? await runList(workflow.list, frame, '/do', input)
        : await run.strands.within(
            frame.strand,
            run.deadline('', workflow.timeout(input, { ...asTask, input })),
            (strand) => runList(workflow.list, { ...frame, strand }, '/do', input),
            () => timedOut(''),
          );
    const output = workflow.output.transform(result.output, frame);
    await workflow.output.check?.(output, asTask, 'The workflow’s output');
    return output;
  }

  async function execute(claimed: ClaimedRun, signal?: AbortSignal): Promise<'ended' | 'parked'> {
    const { record } = claimed;
    let isEnding = false;
    let settle: (how: 'ended' | 'parked') => void = () => {};
    let giveUp: (error: unknown) => void = () => {};
    const outcome = new Promise<'ended' | 'parked'>((resolve, reject) => {
      settle = resolve;
      giveUp = reject;
    });
    const run = openRun({ journal, clock, limits, lifecycle }, claimed, {
      parked() {
        run.strands.stop(STOPPED);
        settle('parked');
      },
      failed(error) {
        run.strands.stop(STOPPED);
        if (!(error instanceof FairleadError && error.code === 'store.fenced')) return giveUp(error);
        tellSuspension(record).then(() => giveUp(error), giveUp);
      },
    });

    async function end(change: Ending): Promise<void> {
      isEnding = true;
      run.strands.stop(change.status === 'cancelled' ? change.fault : STOPPED);
      const conclusion = run.conclude(change);
      if (conclusion !== undefined) await conclusion;
      if (record.parent !== undefined) await tellParent(run, change);
      await run.end(change);
      settle('ended');
    }

    function cancel(reason: string): Promise<void> {
      return end({ status: 'cancelled', fault: { reason }, at: clock.now() });
    }

    function obey(): void {
      const stop = signal?.reason as Stop | undefined;
      if (stop?.kind === 'suspend') {
        run.suspend();
        return;
      }
      if (stop?.kind === 'cancel') {
        if (!isEnding) cancel(stop.reason).catch(giveUp);
        return;
      }
      if (stop?.kind === 'fault') {
        if (!isEnding) end({ status: 'faulted', fault: stop.fault, at: clock.now() }).catch(giveUp);
        return;
      }
      run.strands.stop(STOPPED);
      const telling = stop?.kind === 'suspended' ? tellSuspension(record) : Promise.resolve();
      telling.then(() => settle('parked'), giveUp);
    }

    async function go(): Promise<void> {
      await run.teller?.begin(claimed.cancel === undefined);
      if (isEnding) return;
      // What was told has to come true, whatever was asked for since.
      if (run.ending !== undefined) return end(run.ending);
      if (claimed.cancel !== undefined) return cancel(claimed.cancel);
      if (run.isHalfSuspended) return run.hold();
      let change: Ending;
      try {
        const definition = await definitionOf(claimed);
        const output = await perform(run, definition);
        change = { status: 'completed', output, at: clock.now() };
      } catch (error) {
        if (run.strands.root.scope.signal.aborted) return;
        change = { status: 'faulted', fault: faultToJson(toFault(error, '').fault), at: clock.now() };
      }
      if (run.strands.root.scope.signal.aborted) return;
      await end(change);
    }

    if (signal?.aborted) obey();
    else signal?.addEventListener('abort', obey);
    go().catch(giveUp);
    try {
      return await outcome;
    } finally {
      signal?.removeEventListener('abort', obey);
      run.strands.stop(STOPPED);
    }
  }

  /**
   * Who has lost a run to somebody who suspended it is the last to have it, for now. What is told follows from the journal:
   * what is only in memory here is no part of the run any more.
   */
  async function tellSuspension({ tenant, id }: RunRecord): Promise<void> {
    const found = lifecycle && (await journal.read(tenant, id));
    if (found?.record.status === 'suspended')
      await lifecycle?.retell(found.record, restoreEntries(found.entries).entries);
  }

  async function tellParent(run: Run & RunControl, change: Ending): Promise<void> {
    const { tenant, id } = run.claimed.record;
    await run.flush();
    const output = 'output' in change ? change.output : null;
    const fault = 'fault' in change ? change.fault : null;
    const event = { runId: id, ...(describeEnd(change.status, output, fault) as object) } as Json;
    await journal.give(tenant, endedType(id), id, event);
  }

  return { execute };
}

const NO_SECRETS: Secrets = new Map();

const NO_CALLER: Caller = {
  answers: () => false,
  operations: () => undefined,
  call: () => Promise.reject(new Error('There is no caller.')),
};
