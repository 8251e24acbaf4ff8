import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FairleadError } from '../events/fairlead-error.ts';

/** A listening HTTP server that can be stopped without cutting an answer off. */
export interface Listener {
  /** `http://host:port`, with the port that was really taken. */
  readonly url: string;
  /** Takes no new connection, closes idle ones, and waits for the rest up to `deadlineMs` before it cuts them. */
  close(deadlineMs: number): Promise<void>;
}

/** How long a client may take to send its headers, and its whole request: what a slow sender can hold open. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;

/** One more is closed at once. Each costs some 25 KB while it is open, and a handle. */
const MAX_CONNECTIONS = 2_000;

/** Node takes both families by itself where no host is named, and looks a named one up, for which it loads `dns`: 4 ms of a start. */
const EVERY_ADDRESS = '::';

/** @throws FairleadError `config.invalid` when the address cannot be taken */
export function listen(
  handler: RequestListener,
  address: { readonly host: string; readonly port: number },
  { maxConnections = MAX_CONNECTIONS }: { readonly maxConnections?: number } = {},
): Promise<Listener> {
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS }, handler);
  server.maxConnections = maxConnections;
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const fix =
        error.code === 'EADDRINUSE'
          ? 'Another process has it; choose another port.'
          : 'Use an address of this machine and a free port.';
      reject(
        new FairleadError(
          'config.invalid',
          `cannot listen on ${address.host}:${address.port} (${error.code}). ${fix}`,
          { cause: error },
        ),
      );
    });
    server.listen({ port: address.port, ...(address.host === EVERY_ADDRESS ? {} : { host: address.host }) }, () => {
      const { port, family, address: host } = server.address() as AddressInfo;
      const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
      resolve({
        url: `http://${family === 'IPv6' && shown.includes(':') ? `[${shown}]` : shown}:${port}`,
        close: (deadlineMs) =>
          new Promise((closed) => {
            const cut = setTimeout(() => server.closeAllConnections(), deadlineMs);
            server.close(() => {
              clearTimeout(cut);
              closed();
            });
            server.closeIdleConnections();
          }),
      });
    });
  });
}
