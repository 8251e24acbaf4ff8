/** Looks at who emits and who consumes what, before a cluster does: pure. */

/** A workflow, a channel or a source, as far as events go. */
export interface Participant {
  readonly name: string;
  /** Types that it names. */
  readonly consumes: readonly string[];
  /** Whether what it says of types, by name or otherwise, lets this one in. */
  takes(type: string): boolean;
  /** Whether it also wants events without a word of their type. */
  readonly isOpen: boolean;
  readonly emits: readonly string[];
}

export interface EventingProblem {
  readonly kind: 'unconsumed' | 'unemitted' | 'loop';
  readonly message: string;
}

/** @param isFromOutside whether a producer that is none of ours emits the type */
export function lintEventing(
  participants: readonly Participant[],
  isFromOutside: (type: string) => boolean,
): readonly EventingProblem[] {
  const emitted = new Set(participants.flatMap(({ emits }) => emits));
  const isConsumed = (type: string) => participants.some(({ isOpen, takes }) => isOpen || takes(type));
  return [
    ...participants.flatMap(({ name, emits }) =>
      emits
        .filter((type) => !isConsumed(type))
        .map(
          (type): EventingProblem => ({
            kind: 'unconsumed',
            message: `${name} emits ${type}, which nobody consumes.`,
          }),
        ),
    ),
    ...participants.flatMap(({ name, consumes }) =>
      [...new Set(consumes)]
        .filter((type) => !emitted.has(type) && !isFromOutside(type))
        .map(
          (type): EventingProblem => ({
            kind: 'unemitted',
            message: `${name} waits for ${type}, which nobody emits.`,
          }),
        ),
    ),
    ...loopsAmong(participants),
  ];
}

/** Each circle once, told from its first member on. */
function loopsAmong(participants: readonly Participant[]): readonly EventingProblem[] {
  const after = (one: Participant) => participants.filter(({ takes }) => one.emits.some(takes));
  const found = new Map<string, EventingProblem>();
  const visit = (path: readonly Participant[]): void => {
    for (const next of after(path.at(-1) as Participant)) {
      const begin = path.indexOf(next);
      if (begin === -1) {
        visit([...path, next]);
        continue;
      }
      const names = path.slice(begin).map(({ name }) => name);
      const message = `${[...names, next.name].join(' → ')} wake each other in a circle; broken only after 255 hops, if at all.`;
      const members = [...names].sort().join();
      if (!found.has(members)) found.set(members, { kind: 'loop', message });
    }
  };
  for (const participant of participants) visit([participant]);
  return [...found.values()];
}
