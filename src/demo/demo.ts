import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { VERIFIED, type VerifiedData } from '../events/catalogue.ts';
import type { Event } from '../events/event.ts';
import type { LoggedRequest } from './fake-github/serve.ts';
import { startFakeSlack } from './fake-slack.ts';
import { renderSlackForTerminal } from './render-slack.ts';
import { type Scene, setScene } from './scene.ts';

/** What a bot is told so that it lives in the demo's world. */
export interface DemoSettings {
  readonly github: { readonly url: string; readonly appId: string; readonly privateKey: string };
  readonly webhookSecret: string;
  readonly slack: { readonly api: string; readonly token: string; readonly channel: string };
  /** To be told of every event that the broker accepts. */
  readonly observe: (event: Event) => void;
}

export interface DemoBot {
  readonly webhookUrl: string;
  stop(): Promise<void>;
}

/** One thing seen from outside of the bot, in the order of happening. Strings are as they came: not fit for a terminal yet. */
export type DemoStep =
  | {
      readonly kind: 'sent';
      readonly repository: string;
      readonly number: number;
      readonly title: string;
      readonly author: string;
    }
  | { readonly kind: 'accepted'; readonly type: string; readonly id: string }
  | { readonly kind: 'files'; readonly files: readonly string[] }
  | { readonly kind: 'labels'; readonly names: readonly string[] }
  | { readonly kind: 'unlabelled'; readonly name: string }
  | { readonly kind: 'reviewers'; readonly names: readonly string[] }
  | { readonly kind: 'check'; readonly title: string }
  | { readonly kind: 'verified'; readonly data: VerifiedData }
  | { readonly kind: 'chat'; readonly lines: readonly string[] };

type Kind = DemoStep['kind'];

/** All that has to be seen for the demo to have reached its outcome. */
const OUTCOME: readonly Kind[] = ['sent', 'accepted', 'files', 'labels', 'reviewers', 'check', 'verified', 'chat'];

const LOOK_EVERY_MS = 5;

export interface Demo {
  /** What was not seen in time; empty when all went well. */
  readonly missing: readonly Kind[];
  /** What the bot answered the webhook, if it did in time. */
  readonly webhookAnswer: string | undefined;
  /** From the webhook to the last step, milliseconds. */
  readonly tookMs: number;
  readonly webhookUrl: string;
  readonly webhookSecret: string;
  readonly githubUrl: string;
  /** As {@link Scene.push}: what to send for the story to go on. */
  readonly push: Scene['push'];
  close(): Promise<void>;
}

/**
 * Brings one pull request all the way, in a world of its own: a fake GitHub and a fake Slack on loopback. It watches what
 * the fakes are asked and what the broker accepts, reports each step as it happens, and goes on so until it is closed.
 */
export async function startDemo(
  dependencies: {
    readonly startBot: (settings: DemoSettings) => Promise<DemoBot>;
    readonly report: (step: DemoStep) => void;
  },
  options: { readonly payload: Readonly<Record<string, unknown>>; readonly deadlineMs: number },
): Promise<Demo> {
  const [{ github, payload, push }, slack] = await Promise.all([setScene(options.payload), startFakeSlack()]);
  const webhookSecret = randomBytes(16).toString('hex');
  const seen = new Set<Kind>();
  const report = (step: DemoStep) => {
    seen.add(step.kind);
    dependencies.report(step);
  };
  github.onRequest((request) => {
    const step = stepOf(request);
    if (step) report(step);
  });
  const bot = await startBotOrLeave({
    github: { url: github.url, appId: String(github.world.app.id), privateKey: github.privateKey },
    webhookSecret,
    slack: { api: slack.apiUrl, token: slack.token, channel: slack.channel },
    observe: (event) => {
      if (event.type === VERIFIED) report({ kind: 'verified', data: event.data as VerifiedData });
      else if (!isByBot(event, github.botLogin)) report({ kind: 'accepted', type: event.type, id: event.id });
    },
  });
  github.connect({ url: bot.webhookUrl, secret: webhookSecret });

  let shown = '';
  const looking = setInterval(() => {
    // The message may be faster than the word of the event it comes from; the story is told in order.
    if (!seen.has('verified')) return;
    const message = slack.messages.at(-1);
    const text = message ? renderSlackForTerminal(message) : '';
    if (text === shown) return;
    shown = text;
    report({ kind: 'chat', lines: text.split('\n') });
  }, LOOK_EVERY_MS);

  const { pull_request: opened, repository, number } = payload;
  const began = performance.now();
  report({
    kind: 'sent',
    repository: `${repository.owner.login}/${repository.name}`,
    number,
    title: opened.title,
    author: opened.user.login,
  });
  void github.deliver('pull_request', payload, { guid: randomUUID() });
  const missing = () => OUTCOME.filter((kind) => !seen.has(kind));
  const answer = () => github.world.deliveries[0];
  const isRefused = () => (answer()?.statusCode ?? 0) >= 300;
  while (missing().length > 0 && !isRefused() && performance.now() - began < options.deadlineMs) {
    await wait(LOOK_EVERY_MS);
  }

  const delivery = answer();
  return {
    missing: missing(),
    webhookAnswer: delivery && `${delivery.statusCode} ${delivery.status}`,
    tookMs: performance.now() - began,
    webhookUrl: bot.webhookUrl,
    webhookSecret,
    githubUrl: github.url,
    push,
    close: async () => {
      clearInterval(looking);
      await bot.stop();
      await Promise.all([github.close(), slack.close()]);
    },
  };

  /** The fakes would keep the process alive after a bot that did not start. */
  async function startBotOrLeave(settings: DemoSettings): Promise<DemoBot> {
    try {
      return await dependencies.startBot(settings);
    } catch (error) {
      await Promise.all([github.close(), slack.close()]);
      throw error;
    }
  }

  /** What a request that GitHub granted shows of the event's way. */
  function stepOf({ method, path, body, status }: LoggedRequest): DemoStep | undefined {
    if (status === undefined || status >= 300) return undefined;
    if (method === 'GET' && path.endsWith('/files')) {
      const pull = pullOf(path);
      return pull && { kind: 'files', files: pull.files.map(({ filename }) => filename) };
    }
    const [, label] = /\/labels\/([^/]+)$/.exec(path) ?? [];
    if (method === 'DELETE' && label !== undefined) return { kind: 'unlabelled', name: label };
    if (method !== 'POST') return undefined;
    if (path.endsWith('/labels')) return { kind: 'labels', names: namesIn(body, 'labels') };
    if (path.endsWith('/requested_reviewers')) {
      return { kind: 'reviewers', names: [...namesIn(body, 'reviewers'), ...namesIn(body, 'team_reviewers')] };
    }
    if (path.endsWith('/check-runs')) {
      const { name, output } = body as { name: string; output?: { title?: string } };
      return { kind: 'check', title: output?.title ?? name };
    }
    return undefined;
  }

  function pullOf(path: string) {
    const [, owner, name, pull] = /^\/repos\/([^/]+)\/([^/]+)\/pulls\/(\d+)\//.exec(path) ?? [];
    return github.world.repositories.get(`${owner}/${name}`.toLowerCase())?.pulls.get(Number(pull));
  }
}

function namesIn(body: unknown, field: string): readonly string[] {
  return ((body as Record<string, readonly string[] | undefined>)[field] ?? []).map(String);
}

function isByBot(event: Event, botLogin: string): boolean {
  return (event.data as { sender?: { login?: string } } | undefined)?.sender?.login === botLogin;
}
