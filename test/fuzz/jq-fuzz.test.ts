import { loadJq } from 'jq-wasm';
import { describe, expect, it } from 'vitest';
import { compareEngines, differenceOf } from './jq-fuzz.ts';

describe('our engine beside jq', () => {
  it('answers random programs on random input as jq does', { timeout: 60_000 }, async () => {
    await expect(compareEngines({ runs: 1500, seed: 20_261_121, milliseconds: 12_000 })).resolves.toBeUndefined();
  });

  it('would notice a difference', async () => {
    const jq = await loadJq();

    // jq keeps the digits of a literal, which a double does not have.
    expect(differenceOf(jq, 'tostring', '1')).toBeUndefined();
    expect(differenceOf(jq, '100000000000000000001 | tostring', null)).toContain("jq's");
  });
});
