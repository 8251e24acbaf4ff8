/**
 * The text of `.github/fairlead.yml` → a configuration, or every problem in it with line, column and what to write instead.
 * The text is untrusted: what `read-yaml.ts` bounds, and the number of patterns and expressions; it never throws.
 */
import { findConditionProblems } from './condition-problem.ts';
import { type Configuration, configurationSchema } from './configuration.ts';
import { LARGEST_FILE, type Problem, readYaml } from './read-yaml.ts';

export type ConfigurationProblem = Problem;

export type ParsedConfiguration =
  | { readonly configuration: Configuration; readonly problems?: undefined }
  | { readonly configuration?: undefined; readonly problems: readonly ConfigurationProblem[] };

/** In bytes of UTF-8. */
export const LARGEST_CONFIGURATION = LARGEST_FILE;

export function parseConfiguration(text: string): ParsedConfiguration {
  const { value, problems } = readYaml(text, configurationSchema, findConditionProblems);
  return problems === undefined ? { configuration: value } : { problems };
}
