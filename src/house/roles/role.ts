import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodyBudget } from '../../broker/body-budget.ts';
import type { ServiceConfig } from '../../config.ts';
import type { Clock } from '../../observe/clock.ts';
import type { Health } from '../../observe/health.ts';
import type { Logger } from '../../observe/log.ts';
import type { Metrics } from '../../observe/metrics.ts';
import type { Store } from '../../store/store.ts';
import type { Journal } from '../../workflow/journal.ts';

/** One part of the bot as a process of its own, apart from its port. */
export interface ServiceRole {
  /** Takes the request when it is for the role and answers it; false leaves it untouched. */
  handle(req: IncomingMessage, res: ServerResponse): boolean;
  /**
   * Goes on in the background once the port is open; `settled` resolves when the first caller has been answered, or none
   * came. Rejects when the role can never do its work in this process.
   */
  begin(settled: Promise<void>): Promise<void>;
  /** Takes nothing more, finishes what is under way, and stops what is not done after `deadlineMs`. */
  drain(deadlineMs: number): Promise<void>;
}

export interface RoleDependencies {
  readonly store: Store<Journal>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly health: Health;
  /** What the bodies of all requests have room in. */
  readonly bodies: BodyBudget;
}

export type CreateRole = (dependencies: RoleDependencies, config: ServiceConfig) => ServiceRole;

/** What can be done before the store has answered. @throws FairleadError `config.invalid`, `workflow.invalid` */
export type PrepareRole = (config: ServiceConfig) => Promise<CreateRole>;
