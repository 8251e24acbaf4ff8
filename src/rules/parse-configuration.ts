/**
 * The text of `.github/fairlead.yml` → a configuration, or every problem in it with line, column and what to write instead.
 * The text is untrusted: what `read-yaml.ts` bounds, and the number of patterns and expressions; it never throws.
 */
import { findConditionProblems } from './condition-problem.ts';
import { type Configuration, configurationSchema } from './configuration.ts';
import { type Finding, problemOfKeys } from './finding.ts';
import { type Problem, readYaml } from './read-yaml.ts';

export type ConfigurationProblem = Problem;

/** What a file says, without what its schema adds: a value that the schema accepts. */
export type Written = Readonly<Record<string, unknown>>;

export type ParsedConfiguration =
  | { readonly configuration: Configuration; readonly written: Written; readonly problems?: undefined }
  | {
      readonly configuration?: undefined;
      readonly written?: undefined;
      readonly problems: readonly ConfigurationProblem[];
    };

export function parseConfiguration(text: string): ParsedConfiguration {
  const { value, plain, problems } = readYaml(text, configurationSchema, examine);
  return problems === undefined ? { configuration: value, written: plain as Written } : { problems };
}

function examine(configuration: Configuration): readonly Finding[] {
  const locks = (configuration.lock ?? []).flatMap((lock, index): readonly Finding[] => {
    const message = problemOfKeys(lock.split('.'), configurationSchema);
    return message === undefined ? [] : [{ path: ['lock', index], message }];
  });
  return [...locks, ...findConditionProblems(configuration)];
}
