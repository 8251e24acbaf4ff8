/**
 * One glob, compiled. It means what minimatch says it means; the few shapes that most globs have (a path, a folder, an
 * ending) are decided by comparing text, which costs a tenth of walking the path part by part. A property test holds the
 * two together.
 *
 * A slash in front is ignored, one at the end means all of that folder. A pattern is untrusted: its length and what its
 * braces expand to are bounded.
 */
import { Minimatch, type MinimatchOptions, minimatch } from 'minimatch';

export interface Glob {
  /** As written. */
  readonly pattern: string;
  readonly matches: (path: string) => boolean;
}

type Test = (path: string) => boolean;

export const LONGEST_GLOB = 256;
const MOST_ALTERNATIVES = 100;

export const GLOB_OPTIONS: MinimatchOptions = {
  dot: true,
  nocomment: true,
  nonegate: true,
  // One more than is allowed, so that too many can be told from just enough.
  braceExpandMax: MOST_ALTERNATIVES + 1,
  // A path of a repository is the same on every machine.
  platform: 'linux',
};

export function compileGlob(pattern: string): Glob {
  const anchored = pattern.slice(0, LONGEST_GLOB).replace(/^(?:\.?\/)+/, '');
  const whole = anchored.endsWith('/') ? `${anchored}**` : anchored;
  const tests = minimatch.braceExpand(whole, GLOB_OPTIONS).map(compileAlternative);
  const [only] = tests;
  const matches: Test =
    tests.length === 1 && only !== undefined ? only : (path) => tests.some((matchesOne) => matchesOne(path));
  return { pattern, matches };
}

/** Why one glob cannot be used, and how to put it right; undefined when it can. */
export function problemOfGlob(glob: string): string | undefined {
  if (glob.trim() === '') return 'the pattern is empty';
  if (glob.length > LONGEST_GLOB) return `the pattern is longer than ${LONGEST_GLOB} characters; split it`;
  if (minimatch.braceExpand(glob, GLOB_OPTIONS).length > MOST_ALTERNATIVES) {
    return `the braces expand to more than ${MOST_ALTERNATIVES} patterns; write fewer alternatives`;
  }
  return undefined;
}

/** Text in which no character means anything but itself. */
const LITERAL = /^[^*?[\]{}()!+@\\]*$/;
/** Such text as a path: no empty part, and none that minimatch would fold away. */
const LITERAL_PATH = /^(?!\.{0,2}(?:\/|$))[^*?[\]{}()!+@\\/]+(?:\/(?!\.{0,2}(?:\/|$))[^*?[\]{}()!+@\\/]+)*$/;

function compileAlternative(glob: string): Test {
  if (LITERAL_PATH.test(glob)) return (path) => path === glob;
  return compileEnding(glob) ?? compileGuarded(glob);
}

/** `**`, `folder/**`, and either with a `*.ending` or a name behind it. */
function compileEnding(glob: string): Test | undefined {
  const [, folder = '', rest] = /^(?:(.*?)\/)?\*\*(?:\/([^/]*))?$/s.exec(glob) ?? [];
  if (!glob.includes('**') || (folder !== '' && !LITERAL_PATH.test(folder)) || glob.startsWith('/')) return undefined;
  const prefix = folder === '' ? '' : `${folder}/`;
  if (rest === undefined) {
    if (!/(?:^|\/)\*\*$/.test(glob)) return undefined;
    return prefix === '' ? () => true : (path) => path.length > prefix.length && path.startsWith(prefix);
  }
  if (rest.startsWith('*.') && LITERAL.test(rest.slice(1)) && rest.length > 2) {
    const ending = rest.slice(1);
    return (path) => path.endsWith(ending) && path.startsWith(prefix);
  }
  if (!LITERAL_PATH.test(rest)) return undefined;
  const below = `/${rest}`;
  const directly = `${prefix}${rest}`;
  return (path) => (path.endsWith(below) && path.startsWith(prefix)) || path === directly;
}

/** Anything else: minimatch, asked only about paths that have the glob's own text where it must be. */
function compileGuarded(glob: string): Test {
  const matcher = new Minimatch(glob, { ...GLOB_OPTIONS, nobrace: true });
  // minimatch takes such a part away together with the one in front.
  if (glob.split('/').includes('..')) return (path) => matcher.match(path);
  const prefix = prefixOf(glob);
  const ending = endingOf(glob);
  const part = plainPartOf(glob.slice(prefix.length));
  return (path) => path.startsWith(prefix) && path.endsWith(ending) && path.includes(part) && matcher.match(path);
}

/** The folders in front of the first part that is not plain text. */
function prefixOf(glob: string): string {
  const plain = /^[^*?[\]{}()!+@\\]*\//.exec(glob)?.[0] ?? '';
  return LITERAL_PATH.test(plain.slice(0, -1)) ? plain : '';
}

/** What stands behind a last star, where nothing there is but plain text. */
function endingOf(glob: string): string {
  const ending = /\*([^*?[\]{}()!+@\\/|]+)$/.exec(glob)?.[1] ?? '';
  return /[()[\]{}\\]/.test(glob) ? '' : ending;
}

/** The longest part between slashes that is plain text. */
function plainPartOf(glob: string): string {
  if (glob.includes('\\')) return '';
  const plain = glob.split('/').filter((part) => LITERAL_PATH.test(part));
  return plain.reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}
