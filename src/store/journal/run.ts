/**
 * The shapes of the workflow runtime's journal, said again here because this room may not import that one; a type-level
 * test (`test/contracts/journal-port.ts`) holds the two together. What they mean stands in `workflow/journal.ts`.
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface DefinitionRef {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly digest: string;
}

export interface Lane {
  readonly name: string;
  readonly order: number;
  readonly revision?: string;
}

export interface NewRun {
  readonly tenant: string;
  readonly id: string;
  readonly definition: DefinitionRef;
  readonly key: string;
  readonly input: Json;
  readonly createdAt: number;
  readonly lane?: Lane;
  readonly joins?: 'unbegun' | 'newer';
  readonly parent?: { readonly runId: string; readonly position: string };
}

export type RunStatus = 'pending' | 'running' | 'waiting' | 'suspended' | 'completed' | 'faulted' | 'cancelled';

export interface RunRecord {
  readonly tenant: string;
  readonly id: string;
  readonly definition: DefinitionRef;
  readonly key: string;
  readonly status: RunStatus;
  readonly lane: Lane | undefined;
  readonly parent: { readonly runId: string; readonly position: string } | undefined;
  readonly input: Json;
  readonly output: Json | undefined;
  readonly fault: Json | undefined;
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly dueAt: number | undefined;
  readonly claims: number;
}

export interface Claim {
  readonly tenant: string;
  readonly runId: string;
  readonly fence: number;
}

export interface Entry {
  readonly position: string;
  readonly kind: string;
  readonly body: Json;
  readonly at: number;
}

export interface Wait {
  readonly position: string;
  readonly type: string | undefined;
}

export type RunChange =
  | { readonly status: 'running'; readonly waits?: readonly Wait[] }
  | { readonly status: 'waiting'; readonly dueAt: number | undefined; readonly waits: readonly Wait[] }
  | { readonly status: 'completed'; readonly output: Json; readonly at: number }
  | { readonly status: 'faulted' | 'cancelled'; readonly fault: Json; readonly at: number }
  | { readonly status: 'suspended' };

export interface ClaimedRun {
  readonly claim: Claim;
  readonly record: RunRecord;
  readonly entries: readonly Entry[];
  readonly events: readonly { readonly sequence: number; readonly event: Json }[];
  readonly cancel: string | undefined;
}

export interface Renewal {
  readonly held: boolean;
  readonly cancel: string | undefined;
  readonly isSuspended: boolean;
}

export type CreateResult =
  | {
      readonly outcome: 'created';
      readonly runId: string;
      readonly joined?: readonly string[];
      readonly superseded?: readonly string[];
    }
  | { readonly outcome: 'known'; readonly runId: string }
  | { readonly outcome: 'superseded' | 'joined'; readonly runId: string; readonly by: string };

export interface RunQuery {
  readonly tenant?: string;
  readonly status?: RunStatus;
  readonly before?: string;
  readonly limit: number;
}
