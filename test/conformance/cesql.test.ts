import { describe, expect, it } from 'vitest';
import { checkCesqlCase, isCesqlDataPresent, readCesqlSuites } from './cesql-cases.ts';

describe.skipIf(!isCesqlDataPresent)(
  'the CloudEvents SQL kit (../shared/data/cesql-tck; skipped where it is absent)',
  () => {
    const suites = isCesqlDataPresent ? readCesqlSuites() : [];
    for (const { file, cases } of suites) {
      it.each(cases.map((each) => [each.name, each] as const))(`${file}: %s`, (_, each) => {
        expect(checkCesqlCase(each)).toBeUndefined();
      });
    }

    it('has been read whole', () => {
      expect(suites.flatMap(({ cases }) => cases)).toHaveLength(275);
    });
  },
);
