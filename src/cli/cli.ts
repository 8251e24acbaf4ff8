import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../config.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import { type CommandContext, EXIT_CODES } from './command.ts';
import { groupHelp, helpOf, overview } from './help.ts';
import { packageFolder } from './package-folder.ts';
import { bind, parse } from './parse.ts';
import { plain, styleFor } from './terminal.ts';

/** A command's context before it is known whether there is a command that needs the settings. */
export interface CliContext extends CommandContext {
  /** The process's own, which help and version make do with. */
  readonly environment: Environment;
  /** With `.env`. @throws FairleadError `config.invalid` */
  readEnvironment(): Environment;
}

/**
 * Runs one command line (without the names of the program and its file) and answers the exit code. Never rejects: an error of
 * ours is told in its own words, any other with its stack.
 */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  const { stdout, stderr } = context;
  const words = argv.filter((word) => word !== '--no-color');
  const isPlain = words.length < argv.length;
  const inColour = (environment: Environment) => (isPlain ? { ...environment, NO_COLOR: '1' } : environment);
  const style = styleFor(stdout, inColour(context.environment));
  stdout.on?.('error', ignoreLostReader);
  try {
    const request = parse(words);
    switch (request.kind) {
      case 'overview':
        stdout.write(overview(style));
        return EXIT_CODES.done;
      case 'version':
        stdout.write(`${version()}\n`);
        return EXIT_CODES.done;
      case 'group':
        stdout.write(groupHelp(request.group, style));
        return EXIT_CODES.done;
      case 'help':
        stdout.write(helpOf(request.command, style));
        return EXIT_CODES.done;
      case 'run': {
        const environment = inColour(context.readEnvironment());
        const run = await request.command.load();
        return await run(bind(request.invocation, { ...context, environment }));
      }
    }
  } catch (error) {
    if (!(error instanceof FairleadError)) {
      stderr.write(`fairlead: an error that it has no words for. ${error instanceof Error ? error.stack : error}\n`);
      return EXIT_CODES.failed;
    }
    stderr.write(`fairlead: ${error.message.split('\n').map(plain).join('\n')}\n`);
    return error.code === 'cli.usage' || error.code === 'config.invalid' ? EXIT_CODES.usage : EXIT_CODES.failed;
  }
}

/** Whoever reads may have seen enough (`fairlead runs | head`); what is written after that is written to nobody. */
function ignoreLostReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

function version(): string {
  const text = readFileSync(join(packageFolder(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
