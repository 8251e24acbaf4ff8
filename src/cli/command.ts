import type { Config, Environment, LocalConfig, Role, ServiceConfig } from '../config.ts';
import type { Event } from '../events/event.ts';
import type { Store } from '../store/store.ts';
import type { Journal } from '../workflow/journal.ts';

/** Where a command writes: a process's stream, or a string in a test. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  on?(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/** A bot that runs in this process. */
export interface RunningBot {
  /** Where GitHub would post webhooks. */
  readonly webhookUrl: string;
  /** Finishes what is under way, then stops. */
  stop(): Promise<void>;
}

/** Everything that commands get from outside, so that a test can give it to them. */
export interface CommandContext {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Environment;
  /** @throws FairleadError `config.invalid` */
  readConfig(environment: Environment): Config;
  /** @throws FairleadError `config.invalid` */
  readLocalConfig(environment: Environment): LocalConfig;
  /** @throws FairleadError `config.invalid` */
  readServiceConfig(environment: Environment, role: Role): ServiceConfig;
  openStore(path: string): Promise<Store<Journal>>;
  /** The same as its owner: made where it does not exist, and nobody else works on it. */
  createStore(path: string): Promise<Store<Journal>>;
  /** `observe` sees every event that the broker accepts. */
  startBot(config: Config, options?: { readonly observe?: (event: Event) => void }): Promise<RunningBot>;
  /** One part of the bot, as a process of its own. */
  startService(config: ServiceConfig, role: Role): Promise<{ stop(): Promise<void>; readonly failed?: Promise<never> }>;
  /** Resolves when the process is asked to stop. */
  untilStopped(): Promise<void>;
  /** Epoch milliseconds. */
  now(): number;
}

/** The words after a command's name, understood by its table entry. */
export interface Invocation {
  readonly context: CommandContext;
  readonly arguments: readonly string[];
  flag(name: string): boolean;
  option(name: string): string | undefined;
  /** @throws FairleadError `cli.usage` when it is not a whole number above zero */
  count(name: string): number | undefined;
}

/** Answers the exit code: one of {@link EXIT_CODES}. */
export type Run = (invocation: Invocation) => Promise<number>;

export interface Option {
  readonly summary: string;
  /** What to call its value in the help; an option without one is a flag. */
  readonly value?: string;
}

export interface Command {
  /** One word, or two: `runs show`. */
  readonly name: string;
  readonly summary: string;
  /** Names of the arguments; `name?` may be left out, `name…` may be repeated. */
  readonly arguments: readonly string[];
  readonly options: Readonly<Record<string, Option>>;
  /** Lines for the help beyond the table. */
  readonly notes?: readonly string[];
  /** Imports the command's file, so that only the command asked for is loaded. */
  load(): Promise<Run>;
}

export const EXIT_CODES = {
  done: 0,
  failed: 1,
  usage: 2,
} as const;
