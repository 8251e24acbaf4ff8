import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { FairleadError } from '../events/fairlead-error.ts';
import type { Clock } from '../observe/clock.ts';
import type { Chat } from './chat.ts';
import { createChannelSchema, createChat, type Platform } from './platforms.ts';
import { compileRoute, type Route } from './routing.ts';
import { createSecretSchema, type Secrets } from './secret.ts';

/** One place that is told, and of what. */
export interface Channel {
  /** Unique; names the channel's trigger and its records in the store, so it must stay the same over restarts. */
  readonly name: string;
  readonly platform: Platform;
  readonly chat: Chat;
  readonly matches: Route;
}

export interface ChannelDependencies {
  readonly secrets: Secrets;
  readonly clock: Clock;
  /** Where channels of platform `console` write. */
  readonly write: (text: string) => void;
}

/** The operator's channels file: its text, and what to call it in errors. */
export interface ChannelsFile {
  readonly name: string;
  readonly text: string;
}

/** What holds where the operator names no file. */
export const DEFAULT_CHANNELS: ChannelsFile = {
  name: 'the built-in channels',
  text: 'channels: [{ name: console, platform: console }]',
};

const FILE_LIMIT = 262_144;
const CHANNELS_LIMIT = 100;

/**
 * Reads the channels file and the secrets it names.
 * @throws FairleadError `config.invalid` that lists every problem with line and column; it contains no secret
 */
export function readChannels({ secrets, clock, write }: ChannelDependencies, file: ChannelsFile): readonly Channel[] {
  const lines = new LineCounter();
  const document = parseYaml(file, lines);
  const schema = z.strictObject({
    channels: z.array(createChannelSchema(createSecretSchema(secrets))).max(CHANNELS_LIMIT),
  });
  const parsed = schema.safeParse(toValue(file, document));
  if (!parsed.success) {
    throw invalid(
      file,
      parsed.error.issues
        .flatMap(pointsOf)
        .map(({ path, text }) => ({ ...placeOf(document, lines, path), path, text })),
    );
  }
  const { channels } = parsed.data;
  const repeated = channels.findIndex(({ name }, at) => channels.findIndex((other) => other.name === name) < at);
  if (repeated !== -1) {
    const path = ['channels', repeated, 'name'];
    throw invalid(file, [{ ...placeOf(document, lines, path), path, text: 'another channel has this name' }]);
  }
  return channels.map((settings) => ({
    name: settings.name,
    platform: settings.platform,
    chat: createChat({ clock, write }, settings),
    matches: compileRoute(settings.when),
  }));
}

type Path = readonly (string | number)[];

interface Problem {
  readonly line: number;
  readonly column: number;
  readonly path: Path;
  readonly text: string;
}

function parseYaml(file: ChannelsFile, lines: LineCounter): Document.Parsed {
  if (file.text.length > FILE_LIMIT) {
    throw new FairleadError('config.invalid', `${file.name} is larger than ${FILE_LIMIT} characters.`);
  }
  const document = parseDocument(file.text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw invalid(
      file,
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return { line, column: col, path: [], text: error.message };
      }),
    );
  }
  return document;
}

function toValue(file: ChannelsFile, document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // Aliases that lead nowhere, or that multiply.
    throw new FairleadError('config.invalid', `${file.name} cannot be read: ${(error as Error).message}.`);
  }
}

/** An unknown key is reported where it stands, not at the mapping around it; what a check of ours says, before “none of these forms”. */
function pointsOf(issue: z.core.$ZodIssue): readonly { readonly path: Path; readonly text: string }[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], text: 'unknown key' }));
  const said = issue.code === 'invalid_union' ? issue.errors.flat().find(({ code }) => code === 'custom') : undefined;
  return [{ path, text: said?.message ?? inOurWords(issue.message) }];
}

/** What zod says without its “Invalid input: expected …, received undefined”. */
function inOurWords(message: string): string {
  if (message.endsWith(', received undefined')) return 'is missing';
  return message.replace(/^Invalid (?:input: e|discriminator value\. E)xpected/, 'expected');
}

/** Where the value at `path` stands, or the nearest thing around it that does. */
function placeOf(
  document: Document,
  lines: LineCounter,
  path: Path,
): { readonly line: number; readonly column: number } {
  for (let length = path.length; length >= 0; length -= 1) {
    const around = length === 0 ? undefined : document.getIn(path.slice(0, length - 1), true);
    const pair = isMap(around) ? around.items.find(({ key }) => String(key) === path[length - 1]) : undefined;
    const node = pair?.key ?? document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) {
      const { line, col } = lines.linePos(node.range[0]);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}

function invalid(file: ChannelsFile, problems: readonly Problem[]): FairleadError {
  const list = problems.map(({ line, column, path, text }) => {
    const at = path.length === 0 ? '' : ` ${path.join('.')}:`;
    return `  ${file.name}:${line}:${column}:${at} ${text}`;
  });
  return new FairleadError('config.invalid', `The channels cannot be used (docs/channels.md):\n${list.join('\n')}`);
}
