// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the DSL writes its expressions so.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadScenarios } from '../../src/workflow/scenario/load-scenarios.ts';
import { runScenario } from '../../src/workflow/scenario/run-scenario.ts';

/** What the documentation shows is executed as it stands there. */
const ROOT = join(import.meta.dirname, '../..');
const HEAD = "document: { dsl: '1.0.3', namespace: shop, name: order, version: '1.0.0' }\n";
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-docs-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function firstBlock(page: string, language: string): string {
  const text = readFileSync(join(ROOT, 'docs', page), 'utf8');
  const [, block] = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(text) ?? [];
  if (block === undefined) throw new Error(`${page} shows no ${language}.`);
  return block;
}

it('the lines of docs/embedding.md run a workflow', { timeout: 30_000 }, () => {
  writeFileSync(join(folder, 'order.yaml'), `${HEAD}do:\n  - pay: { call: charge }\n`);
  const lines = firstBlock('embedding.md', 'ts').replace(
    "'fairlead/workflow'",
    JSON.stringify(join(ROOT, 'src/exports/workflow.ts')),
  );
  const around = 'async function chargeOnce(key, input) { return { charged: input.orderId, once: key.length > 0 }; }\n';
  writeFileSync(join(folder, 'main.ts'), `${lines}${around}console.log(JSON.stringify(result));\n`);
  const output = execFileSync(process.execPath, ['main.ts'], { cwd: folder, encoding: 'utf8', timeout: 25_000 });
  expect(JSON.parse(output)).toMatchObject({ status: 'completed', output: { charged: 7, once: true } });
});

it('the scenario of docs/dsl.md passes', async () => {
  const call = "call: http, with: { method: post, endpoint: https://example.com/shipments, body: '${ . }' }";
  writeFileSync(join(folder, 'order.yaml'), `${HEAD}do:\n  - ship: { ${call} }\n`);
  const file = join(folder, 'order.test.yaml');
  writeFileSync(file, firstBlock('dsl.md', 'yaml'));
  const { scenarios, ...definitions } = loadScenarios(file);
  for (const scenario of scenarios) expect((await runScenario(definitions, scenario)).failures).toEqual([]);
});
