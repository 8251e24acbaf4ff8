import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/events/event.ts';
import type { Json } from '../../src/expression/json.ts';
import { type Definition, loadDefinition } from '../../src/workflow/definition.ts';
import type { HttpClient } from '../../src/workflow/http.ts';
import { type RunResult, runWorkflow } from '../../src/workflow/run-workflow.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

const EXAMPLES = join(import.meta.dirname, '../../../shared/data/dsl/examples');
const files = existsSync(EXAMPLES) ? readdirSync(EXAMPLES).filter((file) => file.endsWith('.yaml')) : [];

/** Answers everything: documents as OpenAPI, the rest with data that the examples’ expressions can work on. */
const http: HttpClient = async ({ url }) => {
  const isDocument = /swagger\.json|ordersservices\.json/.test(url);
  const operations = ['findPetsByStatus', 'logreading', 'produceReport'];
  const paths = Object.fromEntries(
    operations.map((operationId) => [
      `/${operationId}`,
      { get: { operationId, parameters: [{ name: 'status', in: 'query' }] } },
    ]),
  );
  const body = isDocument
    ? { openapi: '3.1.0', servers: [{ url: 'https://api.example.com' }], paths }
    : { homeworld: 'https://api.example.com/planet', id: 1 };
  const headers = { 'content-type': 'application/json' };
  return { status: 200, reason: 'OK', url, headers, body: Buffer.from(JSON.stringify(body)) };
};

const INPUT: Json = {
  petId: 1,
  id: 1,
  searchQuery: 'luke',
  token: 't',
  configuration: { size: 1, fill: 2 },
  orderType: 'electronic',
  pets: [],
  customer: { age: 30 },
  user: { id: 1 },
  patient: { fullName: 'A' },
  room: { number: 1 },
  roomId: 1,
  carId: 1,
};

const EVENTS: readonly Event[] = [
  ['com.fake-hospital.vitals.measurements.temperature', { temperature: 39 }],
  ['com.fake-hospital.vitals.measurements.bpm', { bpm: 120 }],
  ['com.fake-hospital.patient.checked-out', {}],
  ['com.virtual-wf-powered-race.events.race.started.v1', {}],
  ['my.home.sensors.temperature', { reading: 1 }],
  ['my.home.sensors.humidity', { reading: 2 }],
  ['any', {}],
  ['any', {}],
].map(([type, data], index) => ({
  specversion: '1.0',
  id: String(index),
  source: 'https://my.home.com/sensor',
  type: type as string,
  roomid: 'r1',
  data,
}));

const SUBFLOW = loadDefinition(
  `document: { dsl: '1.0.3', namespace: test, name: register-customer, version: '0.1.0' }\ndo: [ { a: { set: { registered: true } } } ]\n`,
  { file: 'register-customer.yaml' },
).definition as Definition;

/** Those that end otherwise than completed, and why. */
const FAULTS: Readonly<Record<string, number>> = {
  // It raises the error that it shows.
  'raise-inline.yaml': 500,
  'raise-reusable.yaml': 500,
  // It asks of an object whether it starts with a text.
  'mock-service-extension.yaml': 400,
  // A list of events has no `.data`, which the example takes of it.
  'accumulate-room-readings.yaml': 400,
};

/** Listens for ever. */
const ENDLESS = ['listen-to-any-forever-foreach.yaml'];

async function run(definition: Definition): Promise<RunResult> {
  const clock = createSimulatedClock();
  let isOver = false;
  const ended = runWorkflow(
    definition,
    definition.consumes === undefined
      ? INPUT
      : definition.toRunInput([{ ...(EVENTS[0] as Event), data: { patient: { room: {}, vitals: {} } } }]),
    { clock, http, events: EVENTS, workflows: [SUBFLOW] },
  ).finally(() => {
    isOver = true;
  });
  await clock.until(() => isOver, 10 * 86_400_000);
  return ended;
}

describe.skipIf(files.length === 0)(
  `the specification’s examples are executed${files.length === 0 ? ` (no ${EXAMPLES})` : ''}`,
  () => {
    const runnable = files
      .map((file) => ({
        file,
        loaded: loadDefinition(readFileSync(join(EXAMPLES, file), 'utf8'), { file }).definition as Definition,
      }))
      .filter(({ file, loaded }) => loaded.unsupported.length === 0 && !ENDLESS.includes(file));

    it.each(runnable.map(({ file, loaded }) => [file, loaded] as const))('%s', async (file, definition) => {
      const result = await run(definition);
      const status = FAULTS[file];
      if (status === undefined) expect(result).toMatchObject({ status: 'completed' });
      else expect(result).toMatchObject({ status: 'faulted', fault: { status } });
    });
  },
);
