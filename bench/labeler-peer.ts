/**
 * What actions/labeler does to decide on labels (`any-glob-to-any-file`, release 5 and later), written anew from its
 * documentation: a matcher per pattern, made for each pull request, asked about one file after the other until one matches.
 * Its debug output is left out, which is to its advantage.
 */
import { Minimatch } from 'minimatch';

export interface PeerRule {
  readonly label: string;
  readonly globs: readonly string[];
}

export function labelsOf(rules: readonly PeerRule[], files: readonly string[]): readonly string[] {
  return rules.filter(({ globs }) => someGlobMatches(globs, files)).map(({ label }) => label);
}

function someGlobMatches(globs: readonly string[], files: readonly string[]): boolean {
  const matchers = globs.map((glob) => new Minimatch(glob, { dot: true }));
  return matchers.some((matcher) => files.some((file) => matcher.match(file)));
}
