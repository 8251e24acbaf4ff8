import type { Definition } from './definition.ts';
import type { Problem } from './problem.ts';

/**
 * Warnings about emitted types that none of the definitions starts by or listens for. Only what is literal is judged: a filter
 * without a literal type may take any. `elsewhere` says of a type that something other than a workflow consumes it.
 */
export function warnOfUnconsumed(
  definitions: readonly Definition[],
  elsewhere: (type: string) => boolean = () => false,
): Problem[] {
  const filters = definitions.flatMap(({ consumes, listens }) => [
    ...(consumes?.filters.map(({ attributes }) => attributes) ?? []),
    ...listens,
  ]);
  const isConsumed = (type: string): boolean =>
    elsewhere(type) || filters.some((attributes) => attributes.type === undefined || attributes.type === type);
  return definitions.flatMap(({ file, emits }) =>
    emits
      .filter(({ type }) => !isConsumed(type))
      .map(({ type, line, column }) => ({
        file,
        line,
        column,
        severity: 'warning',
        message: `Nothing known here consumes “${type}”.`,
        hint: 'Check its spelling, or validate together with the workflow that starts by it or listens for it.',
      })),
  );
}
