import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { Event } from '../events/event.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import type { Json } from '../expression/json.ts';
import type { Definition } from '../workflow/definition.ts';
import { formatProblem } from '../workflow/problem.ts';
import { type RunResult, runWorkflow } from '../workflow/run-workflow.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { readDefinition } from './read-definition.ts';
import { createTaskTree } from './task-tree.ts';
import { plain, styleFor, toJsonText } from './terminal.ts';
import { usage } from './usage.ts';

/** 128 + SIGINT. */
const INTERRUPTED = 130;

/** `fairlead run <file>`: the output on standard output, everything about the way there on standard error. */
export async function run({ context, arguments: [file], option, flag }: Invocation): Promise<number> {
  const { stdout, stderr, environment } = context;
  const { definition, problems } = readDefinition(file as string);
  if (!definition) {
    for (const problem of problems) stderr.write(`${formatProblem(problem).split('\n').map(plain).join('\n')}\n`);
    return EXIT_CODES.failed;
  }
  const storePath = option('store');
  const key = option('key');
  if (key !== undefined && storePath === undefined)
    throw usage('“--key” needs “--store”: without one nothing is kept.');
  const store = storePath === undefined ? undefined : await context.createStore(storePath);
  const stopping = new AbortController();
  const tree = createTaskTree(stderr, styleFor(stderr, environment));
  try {
    const running = runWorkflow(definition, inputOf(option('input'), definition), {
      ...(store === undefined ? {} : { journal: store.journal }),
      ...(key === undefined ? {} : { key }),
      events: eventsOf(option('events')),
      limits: { privateAddresses: flag('allow-private') },
      secrets: async (name) => context.readLocalConfig(environment).secrets.env(name),
      lifecycle: 'required',
      onEvent: (event) => {
        if (!tree.show(event) && !flag('quiet')) stderr.write(`${plain(`emitted ${event.type} ${event.id}`)}\n`);
      },
      signal: stopping.signal,
    });
    const stopped = context.untilStopped().then(() => 'stopped' as const);
    const result = await Promise.race([running, stopped]);
    if (result === 'stopped') {
      stopping.abort();
      await running.catch(() => undefined);
      stderr.write(
        store === undefined
          ? 'Stopped. Nothing was kept.\n'
          : `Stopped. The same command with --key goes on with it.\n`,
      );
      return INTERRUPTED;
    }
    return conclude(result, { stdout, stderr });
  } finally {
    await store?.close();
  }
}

function conclude(result: RunResult, { stdout, stderr }: Pick<Invocation['context'], 'stdout' | 'stderr'>): number {
  switch (result.status) {
    case 'completed':
      stdout.write(`${toJsonText(result.output, 2)}\n`);
      return EXIT_CODES.done;
    case 'faulted':
      stderr.write(`${toJsonText(result.fault, 2)}\n`);
      return EXIT_CODES.failed;
    case 'cancelled':
      stderr.write(`Cancelled: ${plain(result.reason)}\n`);
      return EXIT_CODES.failed;
  }
}

/** JSON in place, else a file of JSON or YAML. */
function inputOf(given: string | undefined, definition: Definition): Json {
  if (given === undefined) return definition.consumes === undefined ? {} : [];
  try {
    return JSON.parse(given) as Json;
  } catch {
    return documentsIn(given, '--input')[0] ?? null;
  }
}

/** A file of CloudEvents: a JSON array, or JSON or YAML documents one after the other. */
function eventsOf(file: string | undefined): readonly Event[] {
  if (file === undefined) return [];
  return documentsIn(file, '--events')
    .flat()
    .map((value, nth) => {
      const given = value as { readonly type?: unknown } | null;
      if (typeof given?.type !== 'string') throw usage(`${plain(file)}: event ${nth + 1} has no “type”.`);
      return { specversion: '1.0', id: `event-${nth + 1}`, source: '/cli', ...given } as Event;
    });
}

function documentsIn(file: string, optionName: string): readonly Json[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const what = optionName === '--input' ? 'neither JSON nor a file' : 'no file';
    const { code } = error as NodeJS.ErrnoException;
    throw usage(`“${optionName}” is ${what} that can be read: ${plain(file)} (${code}).`);
  }
  return parseAllDocuments(text).map((document) => {
    const [problem] = document.errors;
    if (problem) throw new FairleadError('cli.usage', `${file}: ${problem.message}`);
    return document.toJS({ maxAliasCount: 100 }) as Json;
  });
}
