import { FairleadError } from '../events/fairlead-error.ts';

/** A command line that cannot be understood; `message` names the word at fault and what would do. */
export function usage(message: string): FairleadError {
  return new FairleadError('cli.usage', message);
}
