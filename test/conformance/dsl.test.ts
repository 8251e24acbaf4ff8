import { describe, expect, it } from 'vitest';
import { readFeatures, runScenario, SUITES } from './dsl-suite.ts';

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
