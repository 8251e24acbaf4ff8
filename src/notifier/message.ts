import { createHash } from 'node:crypto';
import type { VerifiedData } from '../events/catalogue.ts';
import type { Event } from '../events/event.ts';
import { inert } from './inert.ts';

export interface Reasoned {
  readonly name: string;
  readonly reason: string;
}

/**
 * What a channel is told about one pull request, in no platform's terms. Every text in it is inert (`inert.ts`) and every
 * link is http or https; lists are in the order of names, so that the same state reads the same.
 */
export interface Message {
  /** Names the one message that this pull request has in this channel; carried along where a platform has room for it. */
  readonly key: string;
  readonly repository: string;
  readonly number: number;
  readonly title: string;
  readonly url: string | undefined;
  readonly author: { readonly login: string; readonly url: string | undefined };
  readonly base: string;
  readonly draft: boolean;
  /** What the rules ask for and is there, whether put there now or before. */
  readonly labels: readonly Reasoned[];
  readonly removedLabels: readonly Reasoned[];
  /** Whom the rules ask for and who has been asked, now or before. */
  readonly reviewers: readonly Reasoned[];
  readonly problems: readonly string[];
  readonly checkRunUrl: string | undefined;
  /** The verified event itself, for platforms that take events. */
  readonly event: Event;
}

const NAME_LIMIT = 100;
const TITLE_LIMIT = 256;
const REASON_LIMIT = 200;

export function toMessage(key: string, event: Event, data: VerifiedData): Message {
  const { labels, reviewers, would } = data;
  return {
    key,
    repository: inert(data.repository.fullName, NAME_LIMIT),
    number: data.number,
    title: inert(would === undefined ? data.title : `Dry run: ${data.title}`, TITLE_LIMIT),
    url: webUrl(data.url),
    author: { login: inert(data.author.login, NAME_LIMIT), url: webUrl(data.author.url) },
    base: inert(data.base, NAME_LIMIT),
    draft: data.draft,
    labels: inertList([...labels.added, ...(would?.labels.add ?? []), ...labels.kept]),
    removedLabels: inertList([...labels.removed, ...(would?.labels.remove ?? [])]),
    reviewers: inertList([...reviewers.requested, ...(would?.request ?? []), ...reviewers.kept]),
    problems: data.problems.map((problem) => inert(problem, REASON_LIMIT)),
    checkRunUrl: data.checkRunUrl === null ? undefined : webUrl(data.checkRunUrl),
    event,
  };
}

/**
 * Equal for two messages that tell a reader the same. Left out is what differs between two looks at an unchanged pull
 * request: head and duration, the wording of reasons (“asked already” follows “owns docs/”), and what was removed (named
 * once; the state without it is the same afterwards).
 */
export function digestOf(message: Message): string {
  const told = [
    message.repository,
    message.number,
    message.title,
    message.author.login,
    message.base,
    message.draft,
    message.labels.map((label) => label.name),
    message.reviewers.map((reviewer) => reviewer.name),
    message.problems,
  ];
  return createHash('sha256').update(JSON.stringify(told)).digest('hex');
}

function inertList(list: readonly Reasoned[]): readonly Reasoned[] {
  return list
    .map(({ name, reason }) => ({ name: inert(name, NAME_LIMIT), reason: inert(reason, REASON_LIMIT) }))
    .sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}

/** The URL as the standard writes it, spaces and quotes encoded; none where following it would be anything but a web page. */
function webUrl(text: string): string | undefined {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : undefined;
}
