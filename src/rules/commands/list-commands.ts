import { USAGES, type Usage, VERBS } from './command.ts';
import { type CommandsPolicy, grantsOf } from './policy.ts';

export interface ListedCommand extends Usage {
  /** For whom it is, as the configuration names them. */
  readonly who: readonly string[];
}

/** The commands that somebody here may use. */
export function listCommands(policy: CommandsPolicy | undefined): readonly ListedCommand[] {
  return VERBS.map((verb) => ({ ...USAGES[verb], who: grantsOf(policy, verb) })).filter(({ who }) =>
    who.some((grant) => grant !== 'nobody'),
  );
}
