import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Payload } from '../../src/source/github-events.ts';
import { type Convention, toEvent } from '../../src/source/translate.ts';
import { exampleOf, webhookExamples } from './webhook-examples.ts';

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);

function translate(name: string, payload: unknown, convention: Convention = 'knative') {
  return toEvent({ name, id: 'a-delivery', payload: payload as Payload }, { convention, now: NOW });
}

describe('A GitHub webhook becomes a CloudEvent', () => {
  test('a pull request carries every attribute that Knative’s source gives it, and its installation as tenant', () => {
    const payload: Payload = { ...exampleOf('pull_request'), installation: { id: 4711, node_id: 'x' } };
    const { data, ...attributes } = translate('pull_request', payload);

    expect(data).toBe(payload);
    expect(attributes).toEqual({
      specversion: '1.0',
      id: 'a-delivery',
      source: 'https://github.com/Codertocat/Hello-World',
      type: 'dev.knative.source.github.pull_request',
      subject: '2',
      time: '2026-11-21T12:00:00.000Z',
      datacontenttype: 'application/json',
      tenant: '4711',
      owner: 'Codertocat',
      repository: 'Hello-World',
      sender: 'Codertocat',
      installation: '4711',
      action: String(payload.action),
      number: '2',
    });
  });

  const table: [sentence: string, name: string, payload: Payload, expected: Record<string, unknown>][] = [
    [
      'a push is about the range it compares, and says what it did to the ref',
      'push',
      {
        ref: 'refs/heads/main',
        compare: 'https://github.com/o/r/compare/aaa...bbb',
        created: false,
        deleted: false,
        forced: true,
        pusher: { name: 'ann' },
      },
      {
        subject: 'aaa...bbb',
        ref: 'refs/heads/main',
        created: 'false',
        deleted: 'false',
        forced: 'true',
        pusher: 'ann',
      },
    ],
    ['an empty value is left out rather than sent empty', 'push', { compare: '' }, { subject: undefined }],
    [
      'a wiki edit is about its pages',
      'gollum',
      { pages: [{ page_name: 'Home' }, { page_name: 'Main' }] },
      { subject: 'Home,Main' },
    ],
    [
      'an issue comment is about the last part of its address',
      'issue_comment',
      { comment: { html_url: 'https://github.com/o/r/issues/2#issuecomment-393304133' } },
      { subject: '2#issuecomment-393304133' },
    ],
    [
      'an event of an organization belongs to the organization',
      'organization',
      { action: 'member_added', organization: { login: 'octo org' } },
      { source: 'https://github.com/octo%20org', owner: 'octo org', subject: 'member_added' },
    ],
    [
      'an event of neither repository nor organization comes from GitHub itself',
      'ping',
      { hook_id: 12, zen: 'z' },
      { source: 'https://github.com', subject: '12', tenant: undefined },
    ],
    [
      'a repository on another server keeps its own address',
      'watch',
      { repository: { id: 7, html_url: 'https://github.example.com/o/r' } },
      { source: 'https://github.example.com/o/r', subject: '7' },
    ],
    [
      'a payload of the wrong shape loses its attributes, not its data',
      'pull_request',
      { pull_request: 'no', repository: null, installation: { id: '7' }, sender: [] },
      { subject: undefined, owner: undefined, tenant: undefined, sender: undefined, source: 'https://github.com' },
    ],
    [
      'control characters and lone surrogates in a name do not get into an attribute',
      'label',
      { label: { name: 'a\r\nb\u0000\ud800c' } },
      { subject: 'a\uFFFD\uFFFDb\uFFFD\uFFFDc' },
    ],
    [
      'an event that Knative does not know is about the thing it is named after',
      'workflow_run',
      { workflow_run: { id: 99 }, action: 'completed', installation: { id: 3 } },
      { type: 'dev.knative.source.github.workflow_run', subject: '99', action: 'completed', installation: '3' },
    ],
    [
      'a review thread, which has no number of its own, is about its pull request',
      'pull_request_review_thread',
      { thread: {}, pull_request: { id: 1, number: 5 } },
      { subject: '5' },
    ],
    ['an event named like a property of every object is no special case', 'constructor', {}, { subject: undefined }],
  ];
  test.each(table)('%s', (_sentence, name, payload, expected) => {
    const event = translate(name, payload);

    for (const [attribute, value] of Object.entries(expected)) expect(event[attribute], attribute).toBe(value);
    expect(event.data).toBe(payload);
  });

  test.each([
    ['pull_request', { action: 'opened' }, 'com.github.pull_request.opened'],
    ['push', {}, 'com.github.push'],
    ['repository_dispatch', { action: 'on-demand-test' }, 'com.github.repository_dispatch.on-demand-test'],
    ['repository_dispatch', { action: 'anything a caller likes' }, 'com.github.repository_dispatch'],
  ])('by the other convention, %s %j is of type %s', (name, payload, type) => {
    expect(translate(name, payload, 'github').type).toBe(type);
  });

  test('every example that GitHub’s users have contributed gets valid attributes', () => {
    for (const { name, examples: payloads } of webhookExamples) {
      for (const payload of payloads) {
        const { data, ...attributes } = translate(name, payload);
        expect(data).toBe(payload);
        for (const [attribute, value] of Object.entries(attributes)) {
          expect(attribute).toMatch(/^[a-z0-9]{1,20}$/);
          expect(value, `${name}.${attribute}`).toMatch(/^[^\p{Cc}]+$/u);
        }
      }
    }
  });
});

/** The attributes of Knative's source, as expressions of its Go code. */
interface EventType {
  readonly type: string;
  readonly subject: string;
  readonly extensions: Readonly<Record<string, string>>;
}

const FILE = '../shared/data/knative/event-types.json';

/** Evaluates an expression such as `strconv.FormatInt(c.CheckRun.ID, 10)` over a payload. */
function evaluate(expression: string, payload: Payload): string {
  const inner = /^\w+(?:\.\w+)?\((.*?)(?:, .*)?\)$/.exec(expression)?.[1] ?? expression;
  if (inner === 'pages') return (payload.pages as Payload[]).map((page) => page.page_name).join(',');
  const path = inner
    .split('.')
    .slice(1)
    .map((field) =>
      field
        .replace(/([A-Z]+)(ID|URL)$/, '$1_$2')
        .replace(/([a-z])([A-Z])/g, '$1_$2')
        .toLowerCase(),
    );
  const value = path.reduce<unknown>((at, key) => (at as Payload | null | undefined)?.[key], payload);
  const text = value === undefined || value === null ? '' : String(value);
  return expression.startsWith('lastPathPortion') ? text.slice(text.lastIndexOf('/') + 1) : text;
}

const eventTypes: readonly EventType[] = existsSync(FILE)
  ? JSON.parse(readFileSync(FILE, 'utf8')).githubsource.events
  : [];

describe.skipIf(!existsSync(FILE))(`Knative’s GitHubSource (${FILE})`, () => {
  test.each(eventTypes.map((eventType) => [eventType.type, eventType] as const))(
    '%s has the same attributes here, in every example',
    (type, { subject, extensions }) => {
      const name = type.slice(type.lastIndexOf('.') + 1);
      const payloads = webhookExamples.find(
        (definition) => definition.name === name.replace(/^integration_/, ''),
      )?.examples;
      expect(payloads?.length, 'examples').toBeGreaterThan(0);
      for (const payload of payloads ?? []) {
        const event = translate(name, payload);
        const { specversion, id, source, time, datacontenttype, data, tenant, ...rest } = event;
        const expected: Record<string, string> = {};
        for (const [key, expression] of Object.entries({ subject, ...extensions })) {
          const value = evaluate(expression, payload);
          if (value !== '') expected[key] = value;
        }
        expect(rest).toEqual({ type, ...expected });
      }
    },
  );
});
