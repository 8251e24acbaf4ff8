/** The technology compatibility kit of CloudEvents SQL, read where it lies. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { compileCesql } from '../../src/broker/cesql/compile.ts';
import { toValidEvent } from '../../src/events/attributes.ts';

const DATA = new URL('../../../shared/data/cesql-tck/', import.meta.url);

const attributes = z.record(z.string(), z.unknown());
const texts = z.object({ tests: z.array(z.object({ name: z.string(), expression: z.string() })) });
const suite = z.object({
  tests: z.array(
    z.strictObject({
      name: z.unknown(),
      expression: z.unknown(),
      result: z.union([z.string(), z.number(), z.boolean()]).optional(),
      error: z.string().optional(),
      event: attributes.optional(),
      eventOverrides: attributes.optional(),
    }),
  ),
});

type CesqlText = z.output<typeof texts>['tests'][number];
export type CesqlCase = Omit<z.output<typeof suite>['tests'][number], keyof CesqlText> & CesqlText;

const EVENT = { specversion: '1.0', id: 'myId', source: 'localhost.localdomain', type: 'myType' };

export const isCesqlDataPresent = existsSync(DATA);

export function readCesqlSuites(): readonly { readonly file: string; readonly cases: readonly CesqlCase[] }[] {
  const files = readdirSync(DATA).filter((file) => file.endsWith('.yaml'));
  return files.sort().map((file) => {
    const text = readFileSync(new URL(file, DATA), 'utf8');
    const { tests } = suite.parse(parse(text));
    // Names and expressions such as TRUE and 5 are written without quotes; they are text all the same.
    const verbatim = texts.parse(parse(text, { schema: 'failsafe' })).tests;
    return { file, cases: tests.map((test, nth) => ({ ...test, ...(verbatim[nth] as CesqlText) })) };
  });
}

/** What differs from what the case expects, in words; undefined when nothing does. */
export function checkCesqlCase({ expression, result, error, event, eventOverrides }: CesqlCase): string | undefined {
  const compiled = compileCesql(expression);
  if ('problem' in compiled) {
    return error === 'parse' ? undefined : `does not parse: ${compiled.problem.message}`;
  }
  if (error === 'parse') return 'parses, and should not';
  const { value, errors } = compiled.evaluate(toValidEvent({ ...(event ?? EVENT), ...eventOverrides }));
  const kinds = errors.map(({ kind }) => kind);
  if (!isDeepStrictEqual(kinds, error === undefined ? [] : [error])) {
    return `errors are [${kinds.join()}], expected [${error ?? ''}]`;
  }
  return isDeepStrictEqual(value, result)
    ? undefined
    : `is ${JSON.stringify(value)}, expected ${JSON.stringify(result)}`;
}
