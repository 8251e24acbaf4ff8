import { VERIFIED, type VerifiedData } from '../../src/events/catalogue.ts';
import type { Event } from '../../src/events/event.ts';
import { type Message, toMessage } from '../../src/notifier/message.ts';

/** A verified pull request as the notifier is given it; a test names only what it is about. */
export function verifiedFacts(facts: Partial<VerifiedData> = {}): VerifiedData {
  return {
    repository: { id: 1296269, fullName: 'octo/hello', url: 'https://github.com/octo/hello' },
    number: 17,
    title: 'Explain how to moor',
    url: 'https://github.com/octo/hello/pull/17',
    author: { login: 'ann', url: 'https://github.com/ann' },
    draft: false,
    base: 'main',
    head: { ref: 'moor', sha: '6dcb09b5b57875f334f61aebed695e2e4193db5e' },
    action: 'opened',
    labels: { added: [{ name: 'docs', reason: 'README.md matches **/*.md' }], removed: [], kept: [] },
    reviewers: { requested: [{ name: 'bob', reason: 'owns README.md' }], kept: [], skipped: [] },
    problems: [],
    checkRunUrl: 'https://github.com/octo/hello/runs/4',
    durationMs: 120,
    ...facts,
  };
}

export interface EventOptions {
  readonly id?: string;
  readonly type?: string;
  readonly time?: string;
  readonly tenant?: string;
}

export function verifiedEvent(facts: Partial<VerifiedData> = {}, options: EventOptions = {}): Event<VerifiedData> {
  const data = verifiedFacts(facts);
  return {
    specversion: '1.0',
    id: 'verified-1',
    source: data.repository.url,
    type: VERIFIED,
    subject: String(data.number),
    time: '2026-11-21T12:00:00Z',
    datacontenttype: 'application/json',
    tenant: '42',
    ...options,
    data,
  };
}

export function messageOf(facts: Partial<VerifiedData> = {}, key = 'team/42/1296269/17'): Message {
  const event = verifiedEvent(facts);
  return toMessage(key, event, verifiedFacts(facts));
}
