import { describe, expect, it } from 'vitest';
import { compile, JqError, type Json } from '../../src/expression/compile.ts';
import { toJson } from '../../src/expression/to-json.ts';
import { BUILTIN_ROWS } from './builtin-rows.ts';
import { LANGUAGE_ROWS } from './language-rows.ts';

function outputsOf(program: string, input: string): string[] {
  const outputs: string[] = [];
  try {
    compile(program, { clock: () => 1_425_599_507_250 }).each(JSON.parse(input) as Json, {}, (value) =>
      outputs.push(toJson(value)),
    );
  } catch (error) {
    if (!(error instanceof JqError)) throw error;
    outputs.push(`ERR ${error.message}`);
  }
  return outputs;
}

describe.each([...Object.entries(LANGUAGE_ROWS), ...Object.entries(BUILTIN_ROWS)])('%s', (_family, rows) => {
  it.each(rows.map(([program, input, ...outputs]) => ({ program, input, outputs })))('$program on $input', (row) => {
    expect(outputsOf(row.program, row.input)).toEqual(row.outputs);
  });
});

describe('the table of builtins', () => {
  const text = Object.values(BUILTIN_ROWS)
    .flat()
    .map(([program]) => program)
    .join('\n');

  it.each(compile('builtins[] | split("/")[0]').all(null) as string[])('calls %s', (name) => {
    expect(text).toMatch(new RegExp(`(?<![\\w$.])${name}(?!\\w)`));
  });
});
