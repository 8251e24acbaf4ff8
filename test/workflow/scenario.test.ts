import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadScenarios } from '../../src/workflow/scenario/load-scenarios.ts';
import { runScenario, type ScenarioResult } from '../../src/workflow/scenario/run-scenario.ts';

const WORKFLOW = `
document: { dsl: '1.0.3', namespace: test, name: subject, version: '1.0.0' }
do:
  - ask: { call: http, with: { method: get, endpoint: 'https://example.com/pets' } }
  - rest: { wait: { days: 30 } }
  - hear: { listen: { to: { one: { with: { type: pet.fed } } } } }
  - tell: { emit: { event: { with: { source: /test, type: pet.told, data: '\${ . }' } } } }
`;
const FED = '{ type: pet.fed, data: { by: octocat } }';

function folder(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'fairlead-scenario-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

async function outcomeOf(given: string, expected: string): Promise<ScenarioResult> {
  const file = join(
    folder({
      'subject.yaml': WORKFLOW,
      'subject.test.yaml': `workflow: subject.yaml\nscenarios:\n  - { name: it, given: ${given}, expect: ${expected} }\n`,
    }),
    'subject.test.yaml',
  );
  const { scenarios, ...definitions } = loadScenarios(file);
  return runScenario(definitions, scenarios[0]!);
}

const GIVEN = `{ calls: [{ http: GET https://example.com/pets, returns: [1] }], events: [${FED}] }`;

describe('a scenario', () => {
  it('passes when all that it expects holds, a month of waiting included', async () => {
    const expected = `{ path: [ask, rest, hear, tell], calls: [{ http: GET https://example.com/pets }], emits: [{ type: pet.told, data: [{ by: octocat }] }] }`;
    expect(await outcomeOf(GIVEN, expected)).toEqual({ name: 'it', failures: [] });
  });

  it.each([
    ['another path', '{ path: [ask] }', /^path: expected \["ask"\], was \["ask","rest","hear","tell"\]$/],
    ['another status', '{ status: faulted }', /^status: expected "faulted", was "completed"$/],
    [
      'a call that was not made',
      '{ calls: [] }',
      /^calls: expected \[\], was \[\{"http":"GET https:\/\/example.com\/pets"/,
    ],
    ['an event with other data', '{ emits: [{ data: [{ by: hubot }] }] }', /^emits: expected .*hubot.*octocat/],
    ['another output', '{ output: 1 }', /^output: expected 1, was /],
    [
      'a fault that did not happen',
      '{ fault: { status: 404 } }',
      /^fault contains: expected \{"status":404\}, was undefined$/,
    ],
  ])('fails, in words, over %s', async (_, expected, failure) => {
    const { failures } = await outcomeOf(GIVEN, expected);
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(failure);
  });

  it('fails over a call that nothing answers, and names the call', async () => {
    const { failures } = await outcomeOf('{}', '{}');
    expect(failures).toContain('no mock for GET https://example.com/pets with null');
  });

  it('sees a mocked failure as the fault that it is', async () => {
    const given = '{ calls: [{ http: GET https://example.com/pets, fails: { status: 503 } }] }';
    expect((await outcomeOf(given, '{ status: faulted, fault: { status: 503 } }')).failures).toEqual([]);
  });
});

describe('a file of scenarios', () => {
  it('says where it is wrong', () => {
    const file = join(
      folder({ 'x.test.yaml': 'workflow: x.yaml\nscenarios:\n  - name: it\n    expects: {}\n' }),
      'x.test.yaml',
    );
    expect(() => loadScenarios(file)).toThrow(
      `The scenarios cannot be run:\n  - ${file}:3:5: error: The property “expect” is missing.\n      Add it, or`,
    );
  });

  it('is told from the workflow itself', () => {
    const file = join(folder({ 'subject.yaml': WORKFLOW }), 'subject.yaml');
    expect(() => loadScenarios(file)).toThrow(
      new RegExp(`${file}:2:1: error: This is a workflow; its scenarios are .+ such as subject\\.test\\.yaml\\.$`),
    );
  });

  it('says that it cannot be read itself', () => {
    expect(() => loadScenarios('none.test.yaml')).toThrow(
      'none.test.yaml:1:1: error: The file cannot be read (ENOENT).',
    );
  });

  it('says what is wrong in the workflow that it names', () => {
    const text = 'workflow: x.yaml\nscenarios: [{ name: it, expect: {} }]\n';
    const path = folder({ 'x.test.yaml': text, 'x.yaml': WORKFLOW.replace('do:', 'to:') });
    expect(() => loadScenarios(join(path, 'x.test.yaml'))).toThrow(
      /x\.yaml:2:1: error: The property “do” is missing\./,
    );
  });

  it('says that the workflow it names is not there', () => {
    const text = 'workflow: gone.yaml\nscenarios: [{ name: it, expect: {} }]\n';
    const file = join(folder({ 'x.test.yaml': text }), 'x.test.yaml');
    expect(() => loadScenarios(file)).toThrow(/gone\.yaml cannot be read \(ENOENT\)/);
  });
});
