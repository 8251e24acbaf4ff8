import type { Event } from '../../src/events/event.ts';
import type { Json } from '../../src/expression/json.ts';
import { type Definition, loadDefinition } from '../../src/workflow/definition.ts';
import { formatProblem } from '../../src/workflow/problem.ts';

/** Workflows that together use every task; the crash tests and the simulation run them all. */
export interface CrashCase {
  readonly name: string;
  readonly definition: Definition;
  /** Sub-workflows. */
  readonly others: readonly Definition[];
  readonly input: Json;
  readonly events: readonly Event[];
}

const FUNCTIONS = ['record', 'fail', 'failFirst'];

function load(name: string, body: string): Definition {
  const text = `document: { dsl: '1.0.3', namespace: crash, name: ${name}, version: '1.0.0' }\n${body}`;
  const loaded = loadDefinition(text, { file: `${name}.yaml`, functions: FUNCTIONS });
  if (loaded.definition === undefined) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.definition;
}

function event(id: string, type: string, data: Json): Event {
  return { specversion: '1.0', id, source: '/stage', type, data };
}

export function define(
  name: string,
  body: string,
  options: { readonly input?: Json; readonly events?: readonly Event[]; readonly child?: string } = {},
): CrashCase {
  return {
    name,
    definition: load(name, body),
    others: options.child === undefined ? [] : [load(`${name}-child`, options.child)],
    input: options.input ?? {},
    events: options.events ?? [],
  };
}

export const CRASH_CASES: readonly CrashCase[] = [
  define(
    'sequence',
    `
do:
  - a: { call: record, with: { n: 1 } }
  - b: { set: { m: '\${ .done.n + 1 }' }, export: { as: '{ m: .m }' } }
  - c: { call: record, with: { n: '\${ .m }' } }
  - d: { do: [ { e: { call: record, with: { n: '\${ $context.m + 5 }' } } }, { f: { set: { last: '\${ . }' } } } ] }
  - g: { set: { all: '\${ . }', context: '\${ $context }' } }
`,
  ),
  define(
    'loops',
    `
do:
  - each:
      for: { each: n, in: '[1, 2, 3]' }
      do:
        - call: { call: record, with: { n: '\${ $n }' }, export: { as: '($context // []) + [.done.n]' } }
        - sum: { set: { total: '\${ $context | add }' } }
  - again: { call: record, with: { n: '\${ .total }' }, output: { as: '{ total: .done.n, rounds: (($input.rounds // 0) + 1) }' } }
  - more: { switch: [ { yes: { when: .rounds < 3, then: again } } ] }
`,
  ),
  define(
    'exports',
    `
do:
  - around:
      do:
        - a: { call: record, with: { n: 1 }, export: { as: '{ a: . }' } }
        - b: { call: record, with: { n: 2 }, export: { as: '$context + { b: ., more: .done.n }' } }
        - c: { set: { both: '\${ [$context.a, $context.b] }' }, export: { as: '$context + { c: .both }' } }
  - d: { call: record, with: { n: '\${ $context.more + (.both | length) }' }, export: { as: '{ a: $context.a, d: . }' } }
  - e: { set: '\${ $context }' }
`,
  ),
  define(
    'waits',
    `
do:
  - a: { call: record, with: { n: 1 } }
  - nap: { wait: PT1H }
  - b: { call: record, with: { n: 2 } }
  - short: { wait: { milliseconds: 200 } }
  - c: { call: record, with: { n: 3 } }
`,
  ),
  define(
    'fork',
    `
do:
  - both:
      fork:
        branches:
          - left: { do: [ { a: { call: record, with: { n: 1 } } }, { nap: { wait: PT1M } }, { b: { call: record, with: { n: 2 } } } ] }
          - right: { do: [ { c: { call: record, with: { n: 3 } } }, { d: { set: { r: '\${ .done.n }' } } } ] }
          - third: { wait: PT30S }
  - after: { call: record, with: { n: '\${ length }' } }
`,
  ),
  define(
    'race',
    `
do:
  - race:
      fork:
        compete: true
        branches:
          - slow: { do: [ { nap: { wait: P1D } }, { never: { call: record, with: { n: 'never' } } } ] }
          - fast: { do: [ { nap: { wait: PT1M } }, { win: { call: record, with: { n: 1 } } } ] }
  - after: { call: record, with: { n: 2 } }
`,
  ),
  define(
    'retry',
    `
do:
  - guarded:
      try:
        - a: { call: record, with: { n: 1 } }
        - b: { call: fail }
      catch:
        retry: { delay: PT10S, backoff: { exponential: {} }, limit: { attempt: { count: 2 } } }
        do:
          - c: { call: record, with: { status: '\${ $error.status }' } }
          - d: { set: { caught: '\${ $error.status }' } }
  - e: { call: record, with: { n: '\${ .caught }' } }
`,
  ),
  define(
    'faulted',
    `
do:
  - a: { call: record, with: { n: 1 } }
  - outer: { do: [ { bad: { raise: { error: { type: 'https://example.com/bad', status: 409 } } } } ] }
`,
  ),
  define(
    'caught',
    `
do:
  - guarded:
      try:
        - bad: { raise: { error: { type: 'https://example.com/bad', status: 409 } } }
      catch: { do: [ { nap: { wait: PT5M } }, { note: { call: record, with: { n: '\${ $error.status }' } } } ], then: recover }
  - never: { call: record, with: { n: never } }
  - recover: { call: record, with: { n: 2 } }
`,
  ),
  define(
    'timeout',
    `
do:
  - guarded:
      try:
        - slow: { do: [ { a: { call: record, with: { n: 1 } } }, { nap: { wait: P1D } } ], timeout: { after: PT1H } }
      catch: { do: [ { note: { set: { status: '\${ $error.status }' } } } ] }
  - b: { call: record, with: { n: '\${ .status }' } }
timeout: { after: P2D }
`,
  ),
  define(
    'emit',
    `
do:
  - a: { emit: { event: { with: { type: told, data: { n: 1 } } } } }
  - b: { call: record, with: { n: 1 } }
  - c: { emit: { event: { with: { type: told, data: { n: 2 } } } } }
  - d: { set: { done: true } }
`,
  ),
  define(
    'listen',
    `
do:
  - one: { listen: { to: { one: { with: { type: first } } } } }
  - a: { call: record, with: { n: '\${ .[0].n }' } }
  - many:
      listen: { to: { any: [ { with: { type: next } } ], until: 'length == 2' } }
      foreach: { item: event, do: [ { note: { call: record, with: { n: '\${ $event.n }' } } } ] }
  - all: { listen: { to: { all: [ { with: { type: left } }, { with: { type: right } } ] } } }
  - b: { call: record, with: { n: '\${ map(.n) | add }' } }
`,
    {
      events: [
        event('1', 'first', { n: 1 }),
        event('2', 'next', { n: 2 }),
        event('3', 'next', { n: 3 }),
        event('4', 'right', { n: 4 }),
        event('5', 'left', { n: 5 }),
      ],
    },
  ),
  define(
    'sub-flow',
    `
do:
  - a: { call: record, with: { n: 1 } }
  - child: { run: { workflow: { namespace: crash, name: sub-flow-child, version: latest, input: { n: 5 } } } }
  - b: { call: record, with: { n: '\${ .n }' } }
  - aside: { run: { await: false, workflow: { namespace: crash, name: sub-flow-child, version: '1.0.0', input: { n: 7 } } } }
  - c: { set: { done: true } }
`,
    {
      child: `
do:
  - nap: { wait: PT1M }
  - inner: { set: { n: '\${ .n * 2 }' } }
`,
    },
  ),
  define(
    'extended',
    `
use:
  functions:
    twice: { do: [ { x: { call: record, with: { n: '\${ .n * 2 }' } } }, { y: { set: { n: '\${ .done.n }' } } } ] }
  extensions:
    - log: { extend: set, before: [ { note: { call: record, with: { about: '\${ $task.name }' } } } ] }
do:
  - a: { call: twice, with: { n: 4 } }
  - b: { set: { n: '\${ .n + 1 }' } }
  - c: { if: .n > 100, call: record, with: { n: never } }
  - d: { call: twice, with: { n: '\${ .n }' }, timeout: { after: PT1H } }
`,
  ),
  define(
    'nested',
    `
do:
  - outer:
      for: { in: '[1, 2]' }
      do:
        - guarded:
            try:
              - both:
                  fork:
                    branches:
                      - ok: { call: record, with: { n: '\${ $item }' } }
                      - bad: { do: [ { nap: { wait: PT2M } }, { fail: { call: fail } } ] }
            catch:
              retry: { delay: PT1S, limit: { attempt: { count: 1 } } }
              do: [ { note: { set: { seen: '\${ [$item, $error.status] }' } } } ]
  - end: { call: record, with: { n: '\${ .seen }' } }
`,
  ),
];

/** Its outcome depends on when it is killed; but a fault that was handled must stay handled. */
export const FIRST_FAULT: CrashCase = define(
  'first-fault',
  `
do:
  - guarded:
      try:
        - a: { call: failFirst }
        - b: { set: { way: worked } }
      catch: { do: [ { note: { call: record, with: { n: 1 } } }, { c: { set: { way: handled } } } ] }
`,
);
