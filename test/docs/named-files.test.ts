import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** What a person reads; tests and benchmarks name files that they make up. */
const TEXTS = [
  '{*.md,*.yml,Containerfile,.ci/run,.github/workflows/*}',
  '{src,functions,scripts,docs}/**/*.{ts,md,yaml}',
  '{knative,workflows}/**/*.yaml',
].flatMap((pattern) => globSync(pattern, { cwd: ROOT, exclude: ['functions/dist'] }));

/** Of a repository that the text makes up, or of what a build makes: not of this one. */
const ELSEWHERE = [
  'bin/main.cjs',
  'bin/serve.cjs',
  'docs/CODEOWNERS',
  'docs/a.md',
  'docs/a.png',
  'docs/mooring.md',
  'functions/dist',
  'functions/dist/index.js',
  'src/a.ts',
  'src/hello.c',
  'test/1',
  'test/2',
  'test/a.test.ts',
  'workflows/order.test.yaml',
];

const FOLDERS = 'bench|bin|docs|functions|knative|scripts|src|test|workflows|\\.ci|\\.github/workflows';
const PATH = new RegExp(`(?<![\\w./@*<{-])(?:\\./)?((?:${FOLDERS})/[\\w.*<{$…\\\\/-]+)`, 'g');
/** The files of `knative/base` go by their own name too. */
const MANIFEST = /(?<![\w#/-])\d{3}-[a-z][a-z-]*[a-z](?:\.yaml)?/g;
const LINK = /\]\((?!https?:)([^)\s]+)\)/g;

/** Paths of this repository that the text names, from its root; patterns and places to fill in are none. */
function pathsIn(text: string): readonly string[] {
  const paths = [...text.matchAll(PATH)].map(([, path]) => (path as string).replace(/[./]+$/, ''));
  const manifests = [...text.matchAll(MANIFEST)].map(([name]) => `knative/base/${name.replace(/\.yaml$/, '')}.yaml`);
  return [...paths.filter((path) => !/[*<{$…\\]|NNNN/.test(path)), ...manifests];
}

/** Links of a page that lead nowhere: to no file, or to no heading of it. */
function lostLinks(page: string, text: string): readonly string[] {
  return [...text.matchAll(LINK)]
    .map(([, link]) => link as string)
    .filter((link) => {
      const [path, anchor] = link.split('#', 2) as [string, string?];
      const target = path === '' ? join(ROOT, page) : resolve(ROOT, dirname(page), path);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsIn(path === '' ? text : readFileSync(target, 'utf8')).includes(anchor);
    });
}

/** As GitHub makes them of headings. */
function anchorsIn(text: string): readonly string[] {
  const headings = text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} (.+)$/gm);
  return [...headings].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const isThere = (path: string) => existsSync(join(ROOT, path));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

it('every text names files that are there', () => {
  const missing = (text: string) => pathsIn(read(text)).filter((path) => !isThere(path) && !ELSEWHERE.includes(path));
  expect(TEXTS.flatMap((text) => missing(text).map((path) => `${text}: ${path}`))).toEqual([]);
});

it('every link of a page leads somewhere', () => {
  const pages = TEXTS.filter((text) => text.endsWith('.md'));
  expect(pages.flatMap((page) => lostLinks(page, read(page)).map((link) => `${page}: ${link}`))).toEqual([]);
});

it('what lies elsewhere is named somewhere, and is not here', () => {
  const named = new Set(TEXTS.flatMap((text) => pathsIn(read(text))));
  expect(ELSEWHERE.filter((path) => !named.has(path) || (isThere(path) && !path.includes('/dist')))).toEqual([]);
});

it.each([
  ['in a sentence', 'It is told in docs/errors.md.', ['docs/errors.md']],
  ['in quotes', 'see `docs/errors.md`; "./src/none.ts"', ['docs/errors.md', 'src/none.ts']],
  ['of a folder', 'the tests (test/none/) and test/none.', ['test/none', 'test/none']],
  ['of a manifest', 'Bind it (500-bindings, 410-bindings.yaml).', ['500-bindings', '410-bindings'].map(toManifest)],
  ['twice as deep', '.github/workflows/none.yml', ['.github/workflows/none.yml']],
  ['but no pattern', 'docs/**/*.md, docs/decisions/NNNN-title.md, workflows/<name>.yaml, src/{a,b}/x.ts', []],
  ['nor what is in another repository', 'https://example.com/docs/a.md, ../shared/src/b.ts, spec.md#324-filters', []],
])('a path is found %s', (_, text, paths) => {
  expect(pathsIn(text)).toEqual(paths);
});

function toManifest(name: string): string {
  return `knative/base/${name}.yaml`;
}

it('a link is lost where its file is, or its heading', () => {
  const links =
    '[a](commands.md) [b](none.md) [c](#here-now) [d](#there) [e](jq.md#none) [f](https://example.com/none)';
  expect(lostLinks('docs/rules.md', `## “Here”, now!\n${links}`)).toEqual(['none.md', '#there', 'jq.md#none']);
});

it('every manifest and page is among the texts', () => {
  const pages = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  const manifests = readdirSync(join(ROOT, 'knative/base'));
  const expected = [
    'README.md',
    ...pages.map((name) => `docs/${name}`),
    ...manifests.map((name) => `knative/base/${name}`),
  ];
  expect(TEXTS).toEqual(expect.arrayContaining(expected));
});
