import { braceExpand, Minimatch, type MinimatchOptions } from 'minimatch';
import { z } from 'zod';
import type { VerifiedData } from '../events/catalogue.ts';

/**
 * Which pull requests a channel hears of. Patterns are globs of `*` (within a path segment), `**`, `?` and `{a,b}`, and
 * nothing else: brackets stand for themselves, so that `dependabot[bot]` means that account. Case counts for branches only, as on GitHub.
 */
export type Route = (data: VerifiedData) => boolean;

const PATTERNS_LIMIT = 100;
const PATTERN_LIMIT = 256;
const ALTERNATIVES_LIMIT = 100;

const GLOB: MinimatchOptions = {
  dot: true,
  noext: true,
  nonegate: true,
  nocomment: true,
  braceExpandMax: ALTERNATIVES_LIMIT + 1,
};

const pattern = z
  .string()
  .min(1)
  .max(PATTERN_LIMIT)
  .refine((text) => !text.includes('\\'), { error: 'a pattern has no escapes; ? matches any one character' })
  .refine((text) => braceExpand(text, GLOB).length <= ALTERNATIVES_LIMIT, {
    error: `the braces stand for more than ${ALTERNATIVES_LIMIT} patterns`,
  });

const patterns = z.array(pattern).min(1).max(PATTERNS_LIMIT);

const criteria = {
  repositories: patterns.optional().describe('`owner/name`.'),
  labels: patterns.optional().describe('Labels that the rules ask for and that are there.'),
  authors: patterns.optional().describe('Logins.'),
  bases: patterns.optional().describe('Branches that the pull request wants to go into.'),
  draft: z.boolean().optional(),
};

export const whenSchema = z
  .strictObject({ ...criteria, except: z.strictObject(criteria).optional() })
  .describe('Every criterion given must hold, each by any of its patterns; then none of those in `except` may.');

export type When = z.output<typeof whenSchema>;

/** Compiles once what is asked of every event. Without `when`, everything matches. */
export function compileRoute(when: When = {}): Route {
  const { except, ...only } = when;
  const required = compileCriteria(only);
  const excluded = compileCriteria(except ?? {});
  return (data) => required.every((holds) => holds(data)) && !excluded.some((holds) => holds(data));
}

function compileCriteria({ repositories, labels, authors, bases, draft }: Omit<When, 'except'>): readonly Route[] {
  const routes: Route[] = [];
  if (repositories) {
    const matches = compilePatterns(repositories, { nocase: true });
    routes.push((data) => matches(data.repository.fullName));
  }
  if (labels) {
    const matches = compilePatterns(labels, { nocase: true });
    routes.push((data) => [...data.labels.added, ...data.labels.kept].some(({ name }) => matches(name)));
  }
  if (authors) {
    const matches = compilePatterns(authors, { nocase: true });
    routes.push((data) => matches(data.author.login));
  }
  if (bases) {
    const matches = compilePatterns(bases, {});
    routes.push((data) => matches(data.base));
  }
  if (draft !== undefined) routes.push((data) => data.draft === draft);
  return routes;
}

function compilePatterns(globs: readonly string[], options: MinimatchOptions): (value: string) => boolean {
  const compiled = globs.map((glob) => new Minimatch(glob.replace(/[[\]]/g, '\\$&'), { ...GLOB, ...options }));
  return (value) => compiled.some((glob) => glob.match(value));
}
