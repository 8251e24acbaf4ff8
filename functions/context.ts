/**
 * What a function may use, beside what the runtime says of the call: GitHub as the tenant's installation, the ledger of
 * what was done and undone, and what this process remembers of configurations. Bound by `house`, once per process.
 */
import type { Octokit } from '@octokit/rest';
import type { GitHub } from '../src/github/github.ts';
import type { PastAct } from '../src/rules/facts.ts';
import type { CallContext } from '../src/workflow/function.ts';
import { type ConfigurationReader, createConfigurationReader } from './configuration-reader.ts';

import { createFactCache, type FactCache } from './facts/fact-cache.ts';
import { createPastReader, type PastReader } from './past-pull-requests.ts';

/** What the bot put on a pull request, and what a person took off: the store's `LedgerEntry`. */
export interface LedgerEntry {
  readonly kind: PastAct['kind'];
  readonly name: string;
  readonly state: 'ours' | 'refused';
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly rule?: string;
  readonly reference?: string;
}

/** The store's `Ledger`. `subject` is `<repository id>/<pull request number>`. */
export interface Ledger {
  read(tenant: string, subject: string): Promise<readonly LedgerEntry[]>;
  write(tenant: string, subject: string, entries: readonly LedgerEntry[]): Promise<void>;
  forget(tenant: string, subject: string, entries: readonly Pick<LedgerEntry, 'kind' | 'name'>[]): Promise<void>;
}

export type DryRun = 'off' | 'silent' | 'announced';

export interface FunctionContext extends CallContext {
  readonly github: Octokit;
  readonly ledger: Ledger;
  readonly readConfiguration: ConfigurationReader;
  /** Of what was read of GitHub and changes seldom. */
  readonly cache: FactCache;
  /** Our own App's id: what it does is not counted among what others do. */
  readonly appId: string;
  readonly readPast: PastReader;
  /** Whether this house reports by check runs at all. */
  readonly checkRuns: boolean;
  /** Whether this house only reports what it would do; `announced`: to chats as well. */
  readonly dryRun: DryRun;
  /** Epoch milliseconds. */
  now(): number;
}

/** The context of each call, over dependencies that last as long as the process. */
export function createFunctionContexts(dependencies: {
  readonly github: Pick<GitHub, 'installation'>;
  readonly ledger: Ledger;
  readonly appId: string;
  readonly checkRuns: boolean;
  readonly dryRun: DryRun;
  readonly now: () => number;
}): (call: CallContext) => FunctionContext {
  const { github, ledger, appId, checkRuns, dryRun, now } = dependencies;
  const readConfiguration = createConfigurationReader({ now });
  const cache = createFactCache({ now });
  const readPast = createPastReader({ now });
  return (call) => ({
    ...call,
    // Asked for when it is used: what needs no GitHub works for an event that names no installation, too.
    get github() {
      return github.installation(call.tenant);
    },
    ledger,
    readConfiguration,
    cache,
    appId,
    readPast,
    checkRuns,
    dryRun,
    now,
  });
}
