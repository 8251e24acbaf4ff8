/**
 * Our jq engine beside `jq-wasm` and `@michaelhomer/jqjs`, in operations per CPU second. One operation is what a task of a
 * workflow does: a document that is already an object goes in, the outputs come out as values. We and jqjs compile once;
 * jq-wasm has no way to. Rounds of all three alternate in one process, each is measured by `process.cpuUsage`, and the
 * figure is the median.
 */
// @ts-expect-error the package has no types
import jqjs from '@michaelhomer/jqjs';
import { loadJq } from 'jq-wasm';
import { compile, type Json } from '../src/expression/compile.ts';
import { median, type Report } from './report.ts';

const ROUNDS = 7;
/** CPU time of one round of one engine. */
const ROUND_MICROSECONDS = 120_000;

interface Subject {
  readonly name: string;
  readonly program: string;
  /** How many times as fast as jq-wasm, on the small and on the large document. */
  readonly goal: number;
  readonly largeGoal: number;
}

const SUBJECTS: readonly Subject[] = [
  { name: 'comparison', program: '.action == "opened" and (.draft|not)', goal: 2000, largeGoal: 20 },
  {
    name: 'map, any, startswith',
    program: '.files | map(.filename) | any(startswith("src/"))',
    goal: 400,
    largeGoal: 20,
  },
  {
    name: 'objects of files, test',
    program:
      '[.files[] | select(.filename | test("\\\\.(ts|js)$")) | {name: .filename, lines: (.additions + .deletions), status}]',
    goal: 200,
    largeGoal: 20,
  },
  {
    name: 'group_by',
    program: '.files | group_by(.status) | map({status: .[0].status, count: length})',
    goal: 60,
    largeGoal: 10,
  },
  {
    name: 'string interpolation',
    program: '"\\(.pull_request.user.login) opened #\\(.number): \\(.pull_request.title)"',
    goal: 400,
    largeGoal: 20,
  },
];

const STATUSES = ['modified', 'added', 'removed', 'renamed'];
const FOLDERS = ['docs', 'test/unit', 'packages/core/lib', 'src/server', '.github/workflows'];
const ENDINGS = ['md', 'ts', 'yaml', 'js', 'json'];

/** A pull request with as many files as make the document about `bytes` long. */
function createDocument(bytes: number): Json {
  const files: Json[] = [];
  const document = {
    action: 'opened',
    number: 1347,
    draft: false,
    pull_request: {
      id: 1_934_720_113,
      title: 'Deliver each event once, also when the process dies in between',
      body: 'Deliveries are recorded before they are answered.\n\nCloses #1201, #1288.',
      user: { login: 'octocat', id: 583_231, type: 'User', site_admin: false },
      labels: [
        { name: 'bug', color: 'd73a4a' },
        { name: 'size/L', color: 'ededed' },
      ],
      head: { ref: 'once-only', sha: 'f2ad6c8a4f0e3b1d9c5e7a6b8d0f1e2c3a4b5c6d' },
      base: { ref: 'main', sha: '0c1d2e3f405162738495a6b7c8d9eafb0c1d2e3f' },
    },
    repository: { id: 1_296_269, full_name: 'octo-org/hello-world', private: false, default_branch: 'main' },
    files,
  };
  let size = JSON.stringify(document).length;
  for (let i = 0; size < bytes; i += 1) {
    const file = {
      filename: `${FOLDERS[i % FOLDERS.length]}/part-${i}/module-${(i * 7919) % 997}.${ENDINGS[(i * 3) % ENDINGS.length]}`,
      status: STATUSES[(i * 5) % STATUSES.length] as string,
      additions: (i * 37) % 211,
      deletions: (i * 17) % 97,
      changes: ((i * 37) % 211) + ((i * 17) % 97),
      sha: ((i + 1) * 2_654_435_761).toString(16).padStart(40, 'a'),
    };
    files.push(file);
    size += JSON.stringify(file).length + 1;
  }
  return document;
}

/** Operations per CPU second of one round. */
function measure(operation: () => unknown): number {
  let operations = 0;
  let batch = 1;
  const start = process.cpuUsage();
  for (;;) {
    for (let i = 0; i < batch; i += 1) operation();
    operations += batch;
    const { user, system } = process.cpuUsage(start);
    const used = user + system;
    if (used >= ROUND_MICROSECONDS) return operations / (used / 1e6);
    batch = used < ROUND_MICROSECONDS / 20 ? batch * 2 : batch;
  }
}

type Engine = (document: Json, program: string) => () => unknown;

interface Jqjs {
  compile(program: string): (input: Json) => Iterable<Json>;
}

async function createEngines(): Promise<Record<'fairlead' | 'jq-wasm' | 'jqjs', Engine>> {
  const wasm = await loadJq();
  return {
    fairlead: (document, program) => {
      const compiled = compile(program);
      return () => compiled.all(document);
    },
    'jq-wasm': (document, program) => () => wasm.json(document as object, program),
    jqjs: (document, program) => {
      const compiled = (jqjs as Jqjs).compile(program);
      return () => [...compiled(document)];
    },
  };
}

function compare(engines: Record<string, Engine>, document: Json, program: string): Record<string, number> {
  const operations = Object.entries(engines).map(([name, engine]) => ({ name, operation: engine(document, program) }));
  const [reference, ...others] = operations.map(({ operation }) => JSON.stringify(operation()));
  if (others.some((other) => other !== reference)) throw new Error(`the engines disagree on ${program}`);
  const rates = new Map(operations.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { name, operation } of operations) rates.get(name)?.push(measure(operation));
  }
  return Object.fromEntries([...rates].map(([name, values]) => [name, median(values)]));
}

export async function run(report: Report): Promise<void> {
  report.note(`${ROUNDS} alternating rounds of ${ROUND_MICROSECONDS / 1000} ms CPU each; the median; ratio to jq-wasm`);
  const engines = await createEngines();
  for (const { bytes, label } of [
    { bytes: 4_000, label: '4 KB' },
    { bytes: 270_000, label: '270 KB' },
  ]) {
    const document = createDocument(bytes);
    for (const { name, program, goal, largeGoal } of SUBJECTS) {
      const { fairlead = 0, ...peers } = compare(engines, document, program);
      report.add({
        figure: `${name} on ${label}`,
        unit: 'ops/CPU s',
        ours: fairlead,
        peers,
        ratio: fairlead / (peers['jq-wasm'] ?? Number.NaN),
        goal: `>= ${label === '4 KB' ? goal : largeGoal}`,
      });
    }
  }
  for (const { name, program } of SUBJECTS) {
    const rates = Array.from({ length: ROUNDS }, () => measure(() => compile(program)));
    const microseconds = 1e6 / median(rates);
    report.add({
      figure: `compile: ${name}`,
      unit: 'CPU µs',
      ours: microseconds,
      peers: {},
      ratio: microseconds,
      goal: '<= 100',
    });
  }
}
