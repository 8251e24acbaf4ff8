import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { FairleadError } from '../events/fairlead-error.ts';

/** A file that the operator wrote: its text, and what to call it in errors. */
export interface OperatorFile {
  readonly name: string;
  readonly text: string;
}

/** What decides how the bot behaves, read once and at once, so that all of a start speaks of the same bytes. */
export interface OperatorFiles {
  readonly workflows: readonly OperatorFile[];
  /** Undefined where the operator names no channels. */
  readonly channels: OperatorFile | undefined;
}

/** A definition longer than this is a mistake. */
const MOST_BYTES = 1024 * 1024;

/** @throws FairleadError `config.invalid` when one cannot be read, `workflow.invalid` when one is too long to be meant */
export function readOperatorFiles(config: Pick<Config, 'workflowsPath' | 'channelsPath'>): OperatorFiles {
  return { workflows: readWorkflows(config.workflowsPath), channels: readChannelsFile(config.channelsPath) };
}

/** Names of the files of scenarios, which lie beside the workflows. */
export const SCENARIOS = /\.test\.ya?ml$/;

/** Names of the files in the directory of workflows that hold one. */
export function listWorkflows(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => /\.(?:ya?ml|json)$/.test(name) && !SCENARIOS.test(name))
    .sort();
}

/** @throws FairleadError `config.invalid` that ends with `fix` when one cannot be read, `workflow.invalid` when one is too long */
export function readWorkflows(
  directory: string,
  fix = 'Set FAIRLEAD_WORKFLOWS to their directory.',
): readonly OperatorFile[] {
  try {
    return listWorkflows(directory).map((name) => readWorkflow(join(directory, name)));
  } catch (error) {
    if (error instanceof FairleadError) throw error;
    throw new FairleadError('config.invalid', `The workflows in ${directory} cannot be read. ${fix}`, { cause: error });
  }
}

function readWorkflow(name: string): OperatorFile {
  const { size } = statSync(name);
  if (size > MOST_BYTES) {
    throw new FairleadError('workflow.invalid', `${name} has ${size} bytes; at most ${MOST_BYTES} are read.`);
  }
  return { name, text: readFileSync(name, 'utf8') };
}

/** @throws FairleadError `config.invalid` that ends with `fix` when it cannot be read */
export function readChannelsFile(
  name: string | undefined,
  fix = 'Set FAIRLEAD_CHANNELS to a file this process may read.',
): OperatorFile | undefined {
  if (name === undefined) return undefined;
  try {
    return { name, text: readFileSync(name, 'utf8') };
  } catch (error) {
    throw new FairleadError('config.invalid', `The channels file ${name} cannot be read. ${fix}`, { cause: error });
  }
}
