/** Files of a repository that its configuration is read from. */
import { OWNERS, TOOL_PATHS } from '../src/rules/import/tools.ts';
import { CONFIGURATION_PATH } from './configuration-reader.ts';

/**
 * Whether a change of this file may change what the bot does. `sources` are those of the rules in force: undefined for the
 * repository's own file alone, and without any of its own where it has no rules.
 */
export function isConfigurationFile(path: string, sources: readonly string[] | undefined): boolean {
  if (path === CONFIGURATION_PATH) return true;
  const isOwn = sources === undefined || sources[0] === CONFIGURATION_PATH;
  return !isOwn && isToolFile(path);
}

/** Whether a problem in this file can be shown where it is. */
export function isOwnFile(path: string): boolean {
  return path === CONFIGURATION_PATH || isToolFile(path);
}

function isToolFile(path: string): boolean {
  return TOOL_PATHS.includes(path) || path.endsWith(`/${OWNERS}`);
}
