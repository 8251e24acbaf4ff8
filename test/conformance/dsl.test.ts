import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Line, readFeatures, runScenario, runSuite, SUITES, toMarkdown } from './dsl-suite.ts';

for (const { name, directory } of SUITES) {
  const features = readFeatures(directory);
  describe.skipIf(features === undefined)(
    `the DSL’s ${name} suite${features === undefined ? ` (no ${directory})` : ''}`,
    () => {
      for (const feature of features ?? []) {
        describe(feature.name, () => {
          it.each(feature.scenarios.map((scenario) => [scenario.name, scenario] as const))(
            '%s',
            async (_name, scenario) => {
              expect(scenario.steps.length).toBeGreaterThan(1);
              await runScenario(scenario);
            },
          );
        });
      }
    },
  );
}

describe.skipIf(SUITES.some(({ directory }) => readFeatures(directory) === undefined))(
  'docs/conformance.md (skipped where the specification’s kit is not at hand)',
  () => {
    it('shows the table as it is: “npm run -s conformance -- dsl --markdown > docs/conformance.md” brings it up to date', async () => {
      const lines: Line[] = [];
      for (const suite of SUITES) lines.push(...((await runSuite(suite)) ?? []));
      expect(readFileSync(join(import.meta.dirname, '../../docs/conformance.md'), 'utf8')).toBe(toMarkdown(lines));
    });
  },
);
