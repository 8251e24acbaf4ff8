import type { CliContext } from '../../src/cli/cli.ts';
import type { Output } from '../../src/cli/command.ts';
import { type Environment, readConfig, readLocalConfig, readServiceConfig } from '../../src/config.ts';

export interface Written extends Output {
  readonly text: () => string;
}

/** A stream that keeps what it is given. */
export function createOutput(isTTY = false): Written {
  let text = '';
  return {
    isTTY,
    write: (part) => {
      text += part;
    },
    text: () => text,
  };
}

/** A context without a store, a bot or an environment; what a test is about is put in their place. */
export function createContext(
  environment: Environment = {},
  parts: Partial<CliContext> = {},
): CliContext & { readonly stdout: Written; readonly stderr: Written } {
  return {
    environment,
    readEnvironment: () => environment,
    readConfig,
    readLocalConfig,
    readServiceConfig,
    openStore: () => Promise.reject(new Error('no store was expected')),
    createStore: () => Promise.reject(new Error('no store was expected')),
    startBot: () => Promise.reject(new Error('no bot was expected')),
    startService: () => Promise.reject(new Error('no service was expected')),
    untilStopped: () => Promise.resolve(),
    now: () => 1_700_000_000_000,
    ...parts,
    stdout: createOutput(),
    stderr: createOutput(),
  };
}
