/**
 * Pull requests per second of CPU through everything: a signed webhook in; files read, labels put, reviewers asked, a check
 * run written; a message to the team's chat out. Ours keeps each step on the disk before the next; beside it the same job
 * written by hand as a plain Probot app that keeps nothing. Only the bot's own CPU time counts: GitHub, the chat and whoever
 * opens pull requests are another process. Both bots have their tokens and the rules at hand, and take turns.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BotKind, BotMessage } from './pipeline-bot.ts';
import type { WorldAddress, WorldMessage, WorldOrder } from './pipeline-world.ts';
import { median, type Report } from './report.ts';

const ROUNDS = 9;
/** Brings each installation's token and rules, which last for a while; by then the code that runs is compiled. */
const WARM_UP_ROUNDS = 12;
const PULLS_PER_ROUND = 256;
const IN_FLIGHT = 32;

export interface Bot {
  /** Lets the world act, and answers how many calls GitHub was asked, and the bot's CPU time, seconds. */
  take(order: Omit<WorldOrder, 'webhookUrl'>): Promise<{ readonly calls: number; readonly cpu: number }>;
  stop(): Promise<void>;
}

export async function run(report: Report): Promise<void> {
  const bots = new Map<BotKind, Bot>();
  try {
    for (const kind of ['fairlead', 'probot', 'quiet'] as const) bots.set(kind, await startBot(kind));
    const [ours, peer, quiet] = [...bots.values()] as [Bot, Bot, Bot];
    const open = { act: 'open', pulls: PULLS_PER_ROUND, inFlight: IN_FLIGHT } as const;
    for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
      for (const bot of [ours, peer]) await bot.take(open);
    }
    await quiet.take({ ...open, pulls: 1 });
    const callsOf = async (bot: Bot, act: WorldOrder['act']) => (await bot.take({ act, pulls: 1, inFlight: 1 })).calls;
    for (const { figure, bot, act, most } of [
      { figure: 'GitHub calls of a first event', bot: ours, act: 'open', most: 4 },
      { figure: 'GitHub calls of a push that changes nothing', bot: ours, act: 'push', most: 2 },
      { figure: 'GitHub calls of that push, check runs off', bot: quiet, act: 'push', most: 1 },
    ] as const) {
      const calls = await callsOf(bot, act);
      report.add({ figure, unit: 'calls', ours: calls, peers: {}, ratio: calls, goal: `<= ${most}` });
    }

    const rates = new Map([ours, peer].map((bot): [Bot, number[]] => [bot, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [bot, counted] of rates) counted.push(PULLS_PER_ROUND / (await bot.take(open)).cpu);
    }
    const [rate, peerRate] = [...rates.values()].map(median) as [number, number];
    report.note(`${IN_FLIGHT} pull requests at a time, medians of ${ROUNDS} rounds of ${PULLS_PER_ROUND}`);
    report.add({
      figure: 'pull requests through everything, durably',
      unit: 'per CPU second',
      ours: rate,
      peers: { 'plain Probot app, keeping nothing': peerRate },
      ratio: rate / peerRate,
      goal: '>= 1',
    });
  } finally {
    await Promise.all([...bots.values()].map((bot) => bot.stop()));
  }
}

export async function startBot(kind: BotKind): Promise<Bot> {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-bench-'));
  const world = fork(join(import.meta.dirname, 'pipeline-world.ts'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const address = await next<WorldAddress>(world);
  const bot = fork(join(import.meta.dirname, 'pipeline-bot.ts'), [kind, folder, JSON.stringify(address)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { webhookUrl } = await next<Extract<BotMessage, { webhookUrl: string }>>(bot);

  async function cpu(): Promise<number> {
    bot.send('cpu');
    return (await next<Extract<BotMessage, { cpu: number }>>(bot)).cpu / 1e6;
  }

  return {
    async take(order) {
      const before = await cpu();
      world.send({ ...order, webhookUrl });
      const { calls } = await next<Extract<WorldMessage, { calls: number }>>(world);
      return { calls, cpu: (await cpu()) - before };
    },
    async stop() {
      for (const child of [bot, world]) {
        if (child.exitCode !== null) continue;
        child.disconnect();
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true });
    },
  };
}

/** Rejects when the process ends, or says nothing for two minutes. */
async function next<Message>(child: ChildProcess): Promise<Message> {
  const heard = new AbortController();
  const silence = AbortSignal.any([heard.signal, AbortSignal.timeout(120_000)]);
  const ended = once(child, 'exit', { signal: silence }).then(([code]) => {
    throw new Error(`a process of the benchmark ended with ${code}`);
  });
  try {
    const [message] = await Promise.race([once(child, 'message', { signal: silence }), ended]);
    return message as Message;
  } finally {
    heard.abort();
    await ended.catch(() => undefined);
  }
}
