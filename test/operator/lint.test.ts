import { expect, test } from 'vitest';
import { lintEventing, type Participant } from '../../src/operator/lint.ts';

const one = (name: string, consumes: string[], emits: string[] = [], isOpen = false): Participant => ({
  name,
  consumes,
  takes: (type) => consumes.includes(type),
  isOpen,
  emits,
});
const fromOutside = (type: string) => type.startsWith('github.');

test.each<[string, readonly Participant[], readonly string[]]>([
  ['a chain from outside to a consumer is in order', [one('a', ['github.pr'], ['done']), one('chat', ['done'])], []],
  [
    'an emitted type that nobody consumes',
    [one('a', ['github.pr'], ['done'])],
    ['a emits done, which nobody consumes.'],
  ],
  [
    'an emitted type that whoever takes any may consume, which is no circle',
    [one('a', ['github.pr'], ['done'], true)],
    [],
  ],
  ['a consumed type that nobody emits', [one('a', ['never'])], ['a waits for never, which nobody emits.']],
  [
    'a workflow that wakes itself',
    [one('a', ['x'], ['x'])],
    ['a → a wake each other in a circle; broken only after 255 hops, if at all.'],
  ],
  [
    'a circle over three, told once',
    [one('a', ['x'], ['y']), one('b', ['y'], ['z']), one('c', ['z'], ['x'])],
    ['a → b → c → a wake each other in a circle; broken only after 255 hops, if at all.'],
  ],
])('%s', (_, participants, messages) => {
  expect(lintEventing(participants, fromOutside).map(({ message }) => message)).toEqual(messages);
});
