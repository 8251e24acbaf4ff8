/** The bot as one process. */
import { readConfig, readEnvironment } from '../config.ts';
import { startEmbedded } from '../house/embedded.ts';
import { serve } from './serve.ts';

void serve('start', () => startEmbedded(readConfig(readEnvironment())));
