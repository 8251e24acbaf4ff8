import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfiguration } from '../../src/rules/parse-configuration.ts';
import { planLabels, type RepositoryLabel } from '../../src/rules/plan-labels.ts';

function read(text: string) {
  const { configuration, problems } = parseConfiguration(text);
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  return configuration.palette ?? [];
}

const label = (name: string, color = 'ffffff', description: string | null = null): RepositoryLabel => ({
  name,
  color,
  description,
});

function plan(present: readonly RepositoryLabel[], palette: string, over: { prune?: boolean; ruled?: string[] } = {}) {
  return planLabels(present, read(`palette: [${palette}]`), { prune: false, ruled: [], ...over });
}

describe('a declared label', () => {
  test.each<[string, RepositoryLabel[], string, unknown[]]>([
    [
      'that is not there is made',
      [],
      '{ name: bug, color: "#D73A4A", description: d }',
      [{ act: 'create', name: 'bug', color: 'd73a4a', description: 'd' }],
    ],
    [
      'that is as declared is left alone',
      [label('Bug', 'd73a4a', 'd')],
      '{ name: Bug, color: D73A4A, description: d }',
      [],
    ],
    ['without a colour keeps the one it has', [label('bug', '123456', 'd')], '{ name: bug }', []],
    [
      'without a description keeps it, and an empty one takes it away',
      [label('bug', 'ffffff', 'd')],
      '{ name: bug, description: "" }',
      [{ act: 'change', name: 'bug', to: { description: '' }, was: label('bug', 'ffffff', 'd') }],
    ],
    [
      'is spelt as declared',
      [label('bug')],
      '{ name: Bug }',
      [{ act: 'change', name: 'bug', to: { name: 'Bug' }, was: label('bug') }],
    ],
    [
      'that had another name is renamed and painted in one go',
      [label('defect')],
      '{ name: bug, color: d73a4a, was: [old, Defect] }',
      [{ act: 'change', name: 'defect', to: { name: 'bug', color: 'd73a4a' }, was: label('defect') }],
    ],
  ])('%s', (_, present, palette, changes) => {
    expect(plan(present, palette).changes).toEqual(changes);
  });

  test('that is there under its old name, too, is for a person to put right', () => {
    const { changes, problems } = plan([label('bug'), label('defect')], '{ name: bug, was: [defect] }', {
      prune: true,
    });
    expect(changes).toEqual([]);
    expect(problems).toEqual([expect.stringContaining('Both bug and defect')]);
  });

  test.each([
    ['twice', '{ name: bug }, { name: Bug }', '"Bug" is named by entry 1 already'],
    ['as the old name of another', '{ name: bug }, { name: error, was: [bug] }', '"bug" is named by entry 1 already'],
    ['as two old names', '{ name: a, was: [x] }, { name: b, was: [X] }', '"X" is named by entry 1 already'],
  ])('cannot be named %s', (_, palette, message) => {
    expect(parseConfiguration(`palette: [${palette}]`).problems?.[0]?.message).toContain(message);
  });
});

describe('a label that nobody declares', () => {
  const present = [label('bug'), label('old'), label('ruled')];

  test('stays', () => {
    expect(plan(present, '{ name: bug }').changes).toEqual([]);
  });

  test('is deleted on demand, unless a rule puts it on', () => {
    const { changes } = plan(present, '{ name: bug }', { prune: true, ruled: ['Ruled'] });
    expect(changes).toEqual([{ act: 'delete', name: 'old' }]);
  });
});

test('whatever is there, once the plan is carried out nothing is left to do', () => {
  const name = fc.constantFrom('a', 'A', 'b', 'c', 'd', 'e');
  const color = fc.constantFrom('000000', 'FFFFFF', '#123abc');
  const present = fc.uniqueArray(fc.record({ name, color: fc.constant('ffffff'), description: fc.constant(null) }), {
    selector: (one) => one.name.toLowerCase(),
  });
  const palette = fc.array(
    fc.record({ name, color, was: fc.array(name, { minLength: 1 }) }, { requiredKeys: ['name'] }),
  );
  fc.assert(
    fc.property(present, palette, fc.boolean(), (there, wanted, prune) => {
      const { configuration } = parseConfiguration(JSON.stringify({ palette: wanted }));
      fc.pre(configuration !== undefined);
      const options = { prune, ruled: ['c'] };
      const declared = configuration?.palette ?? [];
      const after = carryOut(there, planLabels(there, declared, options).changes);
      expect(planLabels(after, declared, options).changes).toEqual([]);
      expect(new Set(after.map((one) => one.name.toLowerCase())).size).toBe(after.length);
    }),
  );
});

function carryOut(present: readonly RepositoryLabel[], changes: ReturnType<typeof planLabels>['changes']) {
  let labels = [...present];
  for (const change of changes) {
    if (change.act === 'create') {
      const { name, color = 'ededed', description = null } = change;
      labels.push({ name, color, description });
    } else if (change.act === 'change') {
      labels = labels.map((one) => (one.name === change.name ? { ...one, ...change.to } : one));
    } else labels = labels.filter(({ name }) => name !== change.name);
  }
  return labels;
}
