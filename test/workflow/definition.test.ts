// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the DSL writes its expressions so.
import { describe, expect, it } from 'vitest';
import { type Definition, loadDefinition } from '../../src/workflow/definition.ts';
import { warnOfUnconsumed } from '../../src/workflow/unconsumed.ts';

const HEAD = `document: { dsl: '1.0.3', namespace: test, name: example, version: '1.0.0' }\n`;

function problemsOf(text: string): string[] {
  const loaded = loadDefinition(text, { file: 'w.yaml' });
  return (loaded.problems ?? loaded.definition.warnings).map(
    ({ line, column, message }) => `${line}:${column} ${message}`,
  );
}

describe('a definition with mistakes is refused with the place and the reason of each', () => {
  it.each<[string, string, string[]]>([
    [
      'YAML that does not parse',
      `${HEAD}do: [`,
      ['2:6 Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ],
    [
      'a property that is not known',
      `${HEAD}do:\n  - a:\n      sett: { b: 1 }\n`,
      [
        '4:7 A task needs one of call, for, do, emit, fork, listen, raise, run, set, switch, try, wait. Did you mean “set”?',
      ],
    ],
    [
      'a property misplaced within a task',
      `${HEAD}do:\n  - a:\n      set: { b: 1 }\n      whle: .x\n`,
      ['5:13 The property “whle” is not known here.'],
    ],
    [
      'a property that is missing',
      `document: { dsl: '1.0.3', namespace: test, version: '1.0.0' }\ndo: []\n`,
      ['1:11 The property “name” is missing.'],
    ],
    [
      'a value of the wrong type',
      `${HEAD}do:\n  - a:\n      set: { b: 1 }\n      if: true\n`,
      ['5:11 Expected a string; found true.'],
    ],
    [
      'a version of the DSL that is not understood',
      `document: { dsl: '1.1.0', namespace: test, name: a, version: '1.0.0' }\ndo: []\n`,
      ['1:18 This runtime understands DSL versions >=1.0.0 <1.1.'],
    ],
    [
      'a duration that is none',
      `${HEAD}do:\n  - a: { wait: 5 seconds }\n`,
      [
        '3:16 Expected an object or a runtime expression, enclosed in ${ } or an ISO 8601 duration such as PT30S, or an expression in ${ }; found "5 seconds".',
      ],
    ],
    ['an expression that does not compile', `${HEAD}do:\n  - a: { set: { b: '\${ .x | }' } }\n`, []],
    ['an expression with an unknown variable', `${HEAD}do:\n  - a: { set: { b: '\${ $item }' } }\n`, []],
    [
      'a then that names no task',
      `${HEAD}do:\n  - a: { set: { b: 1 }, then: c }\n`,
      ['3:31 There is no task “c” in this list.'],
    ],
    [
      'two tasks of one name',
      `${HEAD}do:\n  - a: { set: { b: 1 } }\n  - a: { set: { b: 1 } }\n`,
      ['4:8 There is another task “a” in this list.'],
    ],
    [
      'a timeout that is not defined',
      `${HEAD}do:\n  - a: { set: { b: 1 }, timeout: long }\n`,
      ['3:34 There is no timeout “long” in use.timeouts.'],
    ],
    [
      'a retry policy that is not defined',
      `${HEAD}do:\n  - a: { try: [ { b: { wait: PT1S } } ], catch: { retry: often } }\n`,
      ['3:58 There is no retry policy “often” in use.retries.'],
    ],
    [
      'an error that is not defined',
      `${HEAD}do:\n  - a: { raise: { error: bad } }\n`,
      ['3:26 There is no error “bad” in use.errors.'],
    ],
    ['a function that is not defined', `${HEAD}do:\n  - a: { call: greet }\n`, ['3:16 There is no function “greet”.']],
    [
      'an authentication that is not defined',
      `${HEAD}do:\n  - a: { call: http, with: { method: get, endpoint: { uri: 'https://x.test', authentication: { use: me } } } }\n`,
      ['3:101 There is no authentication “me” in use.authentications.'],
    ],
    [
      'a function that calls itself',
      `${HEAD}use: { functions: { f: { call: f } } }\ndo:\n  - a: { call: f }\n`,
      ['2:24 The function “f” calls itself.'],
    ],
    [
      'two default cases',
      `${HEAD}do:\n  - a: { switch: [ { x: { then: end } }, { y: { then: exit } } ] }\n`,
      ['3:47 There is another case without “when”; only one can be the default.'],
    ],
  ])('%s', (_name, text, expected) => {
    const problems = problemsOf(text);
    if (expected.length === 0) {
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(/^3:\d+ /);
      expect(loadDefinition(text, { file: 'w.yaml' }).problems?.[0]?.hint).toContain('The expression is');
    } else expect(problems).toEqual(expected);
  });

  it('tells all of them at once, in their order', () => {
    const text = `${HEAD}do:\n  - a: { set: { b: 1 }, then: nowhere }\n  - c: { if: .x, raise: { error: bad } }\n  - d: { set: { e: '\${ .x | }' } }\n`;
    expect(problemsOf(text).map((problem) => problem.slice(0, 2))).toEqual(['3:', '4:', '5:']);
  });
});

describe('every kind of problem is told with file, line, column and hint', () => {
  const KINDS: readonly (readonly [string, string, string, RegExp])[] = [
    ['what the schema refuses', 'sett: {}', '4:7 A task needs one of', /Did you mean “set”/],
    ['a “then” to no task', 'set: { n: 1 }\n      then: nowhere', '5:13 There is no task “nowhere”', /“then” takes/],
    ['a function that is not known', 'call: greet', '4:13 There is no function “greet”', /use\.functions/],
    ['a variable that is not known', "set: { n: '${ $nobody }' }", '4:21 $nobody is not defined', /The expression is/],
    ['an expression that does not compile', "set: { n: '${ .x | }' }", '4:26 unexpected', /The expression is/],
    ['an event without a type', 'emit: { event: {} }', '4:22 The event has no type.', /Name it under “with”/],
    [
      'an event with attributes and no type',
      'emit: { event: { with: { source: /a } } }',
      '4:30 The property “type” is missing.',
      /Add it, or check the spelling of source/,
    ],
    [
      'an operation that the host’s document has not',
      'call: openapi\n      with: { document: { endpoint: host://api }, operationId: red }',
      '5:64 The document has no operation “red”.',
      /Did you mean “read”/,
    ],
  ];
  const operations = (url: string) => (url === 'host://api' ? new Set(['read', 'write']) : undefined);

  it.each(KINDS)('%s', (_name, task, expected, hint) => {
    const { problems = [] } = loadDefinition(`${HEAD}do:\n  - a:\n      ${task}\n`, {
      file: 'w.yaml',
      operations,
    });
    expect(problems).toHaveLength(1);
    const [problem] = problems;
    expect(problem?.file).toBe('w.yaml');
    expect(`${problem?.line}:${problem?.column} ${problem?.message}`).toContain(expected);
    expect(`${problem?.message} ${problem?.hint}`).toMatch(hint);
  });

  it('all of them at once, those of the schema and those beyond it', () => {
    const tasks = KINDS.map(([, task], index) => `  - t${index}:\n      ${task}\n`).join('');
    const { problems = [] } = loadDefinition(`${HEAD}do:\n${tasks}`, { file: 'w.yaml', operations });
    expect(problems).toHaveLength(KINDS.length);
    const lines = problems.map(({ line }) => line);
    expect(lines).toEqual(lines.toSorted((a, b) => a - b));
  });

  it.each([
    ['a header', `document: { dsl: '2.0.0' }\ndo:\n  - a: { set: { n: 1 }, then: nowhere }\n`, 5],
    [
      'nothing else where what others refer to is wrong',
      `${HEAD}use: { timeouts: 5 }\ndo:\n  - a: { set: { n: 1 }, timeout: x }\n`,
      1,
    ],
  ])('and with %s', (_name, text, count) => {
    expect(loadDefinition(text, { file: 'w.yaml' }).problems).toHaveLength(count);
  });

  it('an emitted type that none of the definitions consumes, as a warning', () => {
    const load = (name: string, body: string) =>
      loadDefinition(`document: { dsl: '1.0.3', namespace: test, name: ${name}, version: '1.0.0' }\n${body}`, {
        file: `${name}.yaml`,
      }).definition as Definition;
    const emitter = load('emitter', 'do:\n  - a: { emit: { event: { with: { type: com.example.told } } } }\n');
    const starter = load(
      'starter',
      'schedule: { on: { one: { with: { type: com.example.told } } } }\ndo:\n  - a: { set: { n: 1 } }\n',
    );
    const listener = load(
      'listener',
      'do:\n  - a: { listen: { to: { one: { with: { type: com.example.told } } } } }\n',
    );
    const other = load('other', 'do:\n  - a: { listen: { to: { one: { with: { type: com.example.else } } } } }\n');
    expect(warnOfUnconsumed([emitter, other])).toMatchObject([
      {
        file: 'emitter.yaml',
        line: 3,
        column: 41,
        severity: 'warning',
        message: 'Nothing known here consumes “com.example.told”.',
      },
    ]);
    for (const consumer of [starter, listener]) expect(warnOfUnconsumed([emitter, consumer])).toEqual([]);
    expect(warnOfUnconsumed([emitter], (type) => type === 'com.example.told')).toEqual([]);
  });
});

describe('a definition that is allowed but questionable is loaded with a warning', () => {
  it.each([
    [
      'a task that no path leads to',
      `${HEAD}do:\n  - a: { set: { b: 1 }, then: end }\n  - c: { set: { d: 1 } }\n`,
      '4:8 No path leads to the task “c”.',
    ],
    [
      'text around an expression',
      `${HEAD}do:\n  - a: { set: { b: 'Hello \${ .name }' } }\n`,
      '3:20 The text around ${ } keeps it from being evaluated.',
    ],
  ])('%s', (_name, text, expected) => {
    expect(loadDefinition(text, { file: 'w.yaml' }).definition).toBeDefined();
    expect(problemsOf(text)).toEqual([expected]);
  });
});

describe('a definition is identified by what it says, not by how it is written', () => {
  it('in JSON or YAML, whatever the order of its properties', () => {
    const yaml = loadDefinition(`${HEAD}do:\n  - a: { set: { b: 1, c: 2 } }\n`, { file: 'a.yaml' });
    const json = loadDefinition(
      JSON.stringify({
        do: [{ a: { set: { c: 2, b: 1 } } }],
        document: { version: '1.0.0', name: 'example', namespace: 'test', dsl: '1.0.3' },
      }),
      { file: 'a.json' },
    );
    expect(yaml.definition?.ref).toEqual(json.definition?.ref);
  });

  it('and changes with any value', () => {
    const one = loadDefinition(`${HEAD}do:\n  - a: { set: { b: 1 } }\n`, { file: 'a.yaml' });
    const two = loadDefinition(`${HEAD}do:\n  - a: { set: { b: 2 } }\n`, { file: 'a.yaml' });
    expect(one.definition?.ref.digest).not.toBe(two.definition?.ref.digest);
  });
});

describe('the events that start a workflow', () => {
  const loaded = loadDefinition(
    `${HEAD}schedule:\n  on:\n    any:\n      - with: { type: com.example.opened, data: '\${ .n > 1 }' }\n      - with: { type: com.example.closed, source: https://example.com/a }\ndo:\n  - a: { emit: { event: { with: { type: com.example.told } } } }\n`,
    { file: 'w.yaml' },
  );
  const event = { specversion: '1.0', id: '1', source: 'https://example.com/a', type: 'com.example.opened' } as const;

  it('are told by their literal attributes, for a broker', () => {
    expect(loaded.definition?.consumes?.filters.map((filter) => filter.attributes)).toEqual([
      { type: 'com.example.opened' },
      { type: 'com.example.closed', source: 'https://example.com/a' },
    ]);
  });

  it.each([
    ['one whose data satisfies the expression', { ...event, data: { n: 2 } }, [true, false]],
    ['one whose data does not', { ...event, data: { n: 1 } }, [false, false]],
    ['one of the second kind', { ...event, type: 'com.example.closed' }, [false, true]],
    ['one of the second kind from elsewhere', { ...event, type: 'com.example.closed', source: '/b' }, [false, false]],
  ])('match by the whole filter: %s', (_name, given, expected) => {
    expect(loaded.definition?.consumes?.filters.map((filter) => filter.matches(given))).toEqual(expected);
  });

  it('and the types it emits are known', () => {
    expect(loaded.definition?.emits.map(({ type }) => type)).toEqual(['com.example.told']);
  });
});
