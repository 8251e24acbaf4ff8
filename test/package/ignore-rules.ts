/**
 * The rules of a `.dockerignore`, as https://docs.docker.com/build/concepts/context/#dockerignore-files has them: the last that
 * matches a path or a folder above it decides, `!` lets in, and `**` stands for any number of folders.
 */
import { posix } from 'node:path';
import { minimatch } from 'minimatch';

const LITERAL = { dot: true, nobrace: true, noext: true, nocomment: true, nonegate: true };

/** Whether a builder leaves out a path, which is relative to the context. */
export function compileIgnoreRules(text: string): (path: string) => boolean {
  const rules = text
    .split('\n')
    .filter((line) => !line.startsWith('#') && line.trim() !== '')
    .map((line) => {
      const rule = line.trim();
      const isException = rule.startsWith('!');
      return { isException, pattern: toPattern(isException ? rule.slice(1).trim() : rule) };
    });
  return (path) => {
    const parts = path.split('/');
    const paths = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    const last = rules.findLast(({ pattern }) => paths.some((each) => minimatch(each, pattern, LITERAL)));
    return last !== undefined && !last.isException;
  };
}

/** Written from the context's root, as `/a/`, `./a` and `a` all are. */
function toPattern(rule: string): string {
  return posix.join('/', rule).slice(1).replace(/\/$/, '');
}
