import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KNOWN_DIFFERENCES, UNCOUNTED } from './jq-differences.ts';
import { DATA, parseCases, runCase, runFile, suiteFiles } from './jq-suite.ts';

const files = suiteFiles();

describe("jq's own suites", () => {
  it.skipIf(files.length > 0)(`is skipped: no data in ${DATA.pathname}`, ({ skip }) => skip());

  it.each(files)('$name fails only where the list of differences says so, and does fail there', ({ name, url }) => {
    const { total, failures } = runFile(name, readFileSync(url, 'utf8'));
    const known = KNOWN_DIFFERENCES[name] ?? {};
    const failed = new Set(failures.map(({ jqCase }) => jqCase.program));

    expect(total).toBeGreaterThan(0);
    expect(failures.filter(({ jqCase }) => known[jqCase.program] === undefined)).toEqual([]);
    expect(Object.keys(known).filter((program) => !failed.has(program))).toEqual([]);
  });

  it.skipIf(files.length === 0).each(['1.7.1', '1.8.2'])('passes at least 98 % of what counts of %s', (version) => {
    let total = 0;
    let passed = 0;
    for (const { name, url } of files.filter((file) => file.name.startsWith(version))) {
      const result = runFile(name, readFileSync(url, 'utf8'));
      const counted = result.failures.filter(
        ({ jqCase }) => !UNCOUNTED.has(KNOWN_DIFFERENCES[name]?.[jqCase.program] ?? ''),
      );
      total += result.total - (result.failures.length - counted.length);
      passed += result.total - result.failures.length;
    }

    expect(passed / total).toBeGreaterThanOrEqual(0.98);
  });
});

describe('the runner of jq suites', () => {
  it('reads programs, inputs and outputs between blank lines and comments', () => {
    expect(parseCases('# note\n\n.a\n{"a":1}\n1\n\n%%FAIL\n}\nmessage\n')).toEqual([
      { program: '.a', mustFail: false, input: '{"a":1}', outputs: ['1'], line: 3 },
      { program: '}', mustFail: true, input: 'null', outputs: [], line: 7 },
    ]);
  });

  it.each([
    { case: 'a wrong output', program: '.', mustFail: false, outputs: ['2'], problem: 'gave 1' },
    { case: 'a missing output', program: 'empty', mustFail: false, outputs: ['1'], problem: 'gave ' },
    {
      case: 'a program that compiles and must not',
      program: '.',
      mustFail: true,
      outputs: [],
      problem: 'compiled, and must not',
    },
  ])('reports $case', ({ program, mustFail, outputs, problem }) => {
    expect(runCase({ program, mustFail, input: '1', outputs, line: 1 })).toBe(problem);
  });

  it.each([
    { program: '.', mustFail: false, outputs: ['1.0'] },
    { program: '{b: ., a: .}', mustFail: false, outputs: ['{"a":1,"b":1}'] },
    { program: '}', mustFail: true, outputs: [] },
  ])('accepts $program', ({ program, mustFail, outputs }) => {
    expect(runCase({ program, mustFail, input: '1', outputs, line: 1 })).toBeUndefined();
  });
});
