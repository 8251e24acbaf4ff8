/** Stand-ins for the neighbours of a source: a broker that keeps what it is given, a log and metrics that can be read. */
import { createHmac } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Broker, PublishOptions, Receipt } from '../../src/broker/broker.ts';
import type { Event } from '../../src/events/event.ts';
import type { Logger } from '../../src/observe/log.ts';
import type { Metrics } from '../../src/observe/metrics.ts';
import type { OwnershipDependencies } from '../../src/source/tenant-for.ts';

export const SECRET = 'a secret of the tests';

export function sign(body: string | Buffer, secret = SECRET): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

export function recordingBroker(
  publish: (event: Event, options?: PublishOptions) => Receipt | Promise<Receipt> = () => 'accepted',
) {
  const published: { readonly event: Event; readonly dataText: string | undefined }[] = [];
  const broker: Broker = {
    async publish(event, options) {
      published.push({ event, dataText: options?.dataText?.toString() });
      return publish(event, options);
    },
    subscribe() {
      throw new Error('a source subscribes to nothing');
    },
  };
  return { broker, published };
}

/** The App is installed on what is octo's, as 42. */
export function recordingOwnership() {
  const buried: { readonly event: Event; readonly reason: string }[] = [];
  const asked: string[] = [];
  const ownership: Pick<OwnershipDependencies, 'findTenant' | 'outbox'> = {
    outbox: {
      async bury(event, reason) {
        buried.push({ event, reason });
      },
    },
    async findTenant(owner, repo) {
      asked.push(`${owner}/${repo}`);
      return owner === 'octo' ? '42' : undefined;
    },
  };
  return { ownership, buried, asked };
}

export function recordingLog() {
  const lines: { readonly level: string; readonly text: string }[] = [];
  function at(level: string) {
    return (...parts: unknown[]) => {
      lines.push({ level, text: parts.map((part) => JSON.stringify(part, withErrors)).join(' ') });
    };
  }
  const log = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => log,
  } as Logger;
  return { log, lines, text: () => lines.map((line) => line.text).join('\n') };
}

function withErrors(_key: string, value: unknown): unknown {
  return value instanceof Error ? { message: value.message } : value;
}

export function recordingMetrics() {
  const counted: Record<string, number> = {};
  const metrics: Metrics = {
    count(name, labels, by = 1) {
      const key = `${name} ${Object.values(labels).join(' ')}`;
      counted[key] = (counted[key] ?? 0) + by;
    },
    set() {},
    time() {},
    expose: async () => ({ contentType: '', text: '' }),
  };
  return { metrics, counted };
}

/** A server on a free port of the loopback, gone when the test ends. */
export async function listen(listener: RequestListener): Promise<{ readonly url: string; readonly port: number }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port };
}

/** Writes bytes to a socket as they stand and resolves with all that comes back until the server closes it. */
export function rawExchange(port: number, pieces: Iterable<string | Buffer> | AsyncIterable<string | Buffer>) {
  return new Promise<string>((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', async () => {
      for await (const piece of pieces) {
        if (!socket.writable) return;
        socket.write(piece);
      }
    });
    socket
      .setEncoding('utf8')
      .on('data', (text) => {
        answer += text;
      })
      .on('error', (error) => (answer === '' ? reject(error) : undefined))
      .on('close', () => resolve(answer));
  });
}
