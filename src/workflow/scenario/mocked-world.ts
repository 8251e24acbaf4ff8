import type { Json } from '../../expression/json.ts';
import type { Caller } from '../caller.ts';
import { standardFault, WorkflowFault } from '../fault.ts';
import type { HttpClient } from '../http.ts';
import { contains } from './contains.ts';
import type { Mock } from './schema.ts';

/** A call that the workflow made, as a scenario names it. */
export interface MadeCall {
  readonly operation?: string;
  readonly http?: string;
  readonly with: Json;
}

/** The world as a scenario has it: every call is answered by its first mock that fits, and taken down. */
export interface MockedWorld {
  readonly caller: Caller;
  readonly http: HttpClient;
  readonly calls: readonly MadeCall[];
  /** Calls that no mock fits. */
  readonly unanswered: readonly MadeCall[];
}

export function createMockedWorld(mocks: readonly Mock[]): MockedWorld {
  const calls: MadeCall[] = [];
  const unanswered: MadeCall[] = [];
  const used = new Map<Mock, number>();

  function answer(call: MadeCall): Mock {
    calls.push(call);
    const mock = mocks.find(
      (one) =>
        one.operation === call.operation &&
        one.http === call.http &&
        (one.with === undefined || contains(call.with, one.with)) &&
        (used.get(one) ?? 0) < (one.times ?? Number.POSITIVE_INFINITY),
    );
    if (mock === undefined) {
      unanswered.push(call);
      throw standardFault('configuration', 'No mock', `The scenario has no mock for ${describeCall(call)}.`);
    }
    used.set(mock, (used.get(mock) ?? 0) + 1);
    return mock;
  }

  return {
    calls,
    unanswered,
    caller: {
      answers: () => true,
      operations: () => undefined,
      async call({ operationId, parameters }) {
        const { fails, returns } = answer({ operation: operationId, with: parameters });
        if (fails === undefined) return returns ?? null;
        if (fails.type !== undefined) throw new WorkflowFault({ ...fails, type: fails.type });
        throw standardFault('communication', fails.title ?? 'Mocked failure', fails.detail ?? '', {
          status: fails.status,
        });
      },
    },
    async http({ method, url, body }) {
      const { fails, returns } = answer({ http: `${method.toUpperCase()} ${url}`, with: bodyOf(body) });
      return {
        status: fails?.status ?? 200,
        reason: fails?.title ?? 'OK',
        url,
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(JSON.stringify(fails ?? returns ?? null)),
      };
    },
  };
}

export function describeCall({ operation, http, with: args }: MadeCall): string {
  return `${operation ?? http} with ${JSON.stringify(args)}`;
}

function bodyOf(body: string | Uint8Array | undefined): Json {
  if (body === undefined) return null;
  const text = Buffer.from(body).toString('utf8');
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
