import { FairleadError } from '../events/fairlead-error.ts';
import type { Question } from './database.ts';
import { ConnectionLost, isRefusal } from './postgres-error.ts';
import type { Session } from './postgres-session.ts';

/** A transaction under way. Nothing in it waits for what is told; that may fail it until the commit. */
export interface Transaction {
  ask(question: Question): Promise<unknown>;
  tell(question: Question): void;
  /** @throws the first error of all that was asked and told; `store.unavailable` where nobody knows what became of it */
  commit(): Promise<void>;
  /** Undoes it all, and answers the error it failed of: the first one, which `error` may only be a consequence of. */
  rollback(error: unknown): Promise<unknown>;
}

/** Sends `opening` (`begin …`) together with the first question. */
export function beginTransaction(session: Session, opening: string): Transaction {
  let failure: unknown;

  function watched<Answer>(answer: Promise<Answer>): Promise<Answer> {
    answer.catch((error) => {
      failure ??= error;
    });
    return answer;
  }

  watched(session.command(opening));
  return {
    ask: (question) => watched(session.ask(question)),
    tell(question) {
      watched(session.ask(question));
    },
    async commit() {
      let done: string;
      try {
        done = await session.command('commit');
      } catch (error) {
        throw error instanceof ConnectionLost ? (failure ?? unknownOutcome(error)) : error;
      }
      // A transaction that has failed is answered so: https://www.postgresql.org/docs/current/sql-commit.html
      if (done !== 'COMMIT') throw failure;
    },
    async rollback(error) {
      if (session.isOpen) await session.command('rollback').catch(() => {});
      return failure ?? error;
    },
  };
}

/**
 * A question that is committed by itself: one message there and back in place of two, and a third of the statements.
 * @throws `store.unavailable` where nobody knows what became of it
 */
export async function askAlone(session: Session, question: Question): Promise<unknown> {
  try {
    return await session.ask(question);
  } catch (error) {
    throw error instanceof ConnectionLost && !isRefusal(error) ? unknownOutcome(error) : error;
  }
}

function unknownOutcome(cause: ConnectionLost): FairleadError {
  return new FairleadError(
    'store.unavailable',
    'The connection to the Postgres database was lost during a commit; it may have been made.',
    { cause },
  );
}
