/** Files of a repository that its configuration is read from. */
import { CONFIGURATION_PATH } from './configuration-reader.ts';

/** Whether a change of this file may change what the bot does. */
export function isConfigurationFile(path: string): boolean {
  return path === CONFIGURATION_PATH;
}
