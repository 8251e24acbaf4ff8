#!/usr/bin/env node
// Starts Fairlead: the TypeScript of a checkout as it is, the JavaScript of an installed package. Node strips no types under
// node_modules, and older versions not at all, so this file alone is plain JavaScript that any of them can read.
import { existsSync } from 'node:fs';
import module from 'node:module';

const OLDEST_NODE = 24;

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  process.stderr.write(
    `fairlead: Node ${OLDEST_NODE} or newer is needed, this is ${process.versions.node}. In a checkout, “npx fairlead” uses the right one.\n`,
  );
  process.exitCode = 2;
} else {
  module.enableCompileCache();
  const source = new URL('../src/main.ts', import.meta.url);
  await import(existsSync(source) ? source.href : new URL('../dist/src/main.js', import.meta.url).href);
}
