import { request } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { listen } from '../../src/house/listener.ts';

const LOCAL = { host: '127.0.0.1', port: 0 };

test('the URL names the port that was really taken', async () => {
  const listener = await listen((_, response) => response.end('here'), LOCAL);
  expect(await (await fetch(listener.url)).text()).toBe('here');
  await listener.close(1000);
});

test('every address is one of either family', async () => {
  const listener = await listen((_, response) => response.end('here'), { host: '::', port: 0 });
  const { port } = new URL(listener.url);
  expect(listener.url).toBe(`http://127.0.0.1:${port}`);
  expect(await (await fetch(listener.url)).text()).toBe('here');
  await listener.close(1000);
});

test('a port in use is an error that says so', async () => {
  const first = await listen((_, response) => response.end(), LOCAL);
  const port = Number(new URL(first.url).port);
  await expect(listen(() => {}, { host: '127.0.0.1', port })).rejects.toThrow(
    /cannot listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\)\. Another process has it/,
  );
  await first.close(1000);
});

test('closing waits for an answer under way', async () => {
  const gate = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const listener = await listen(async (_, response) => {
    arrived.resolve();
    await gate.promise;
    response.end('whole');
  }, LOCAL);
  const answer = fetch(listener.url).then((response) => response.text());
  await arrived.promise;
  const closed = listener.close(5000);
  gate.resolve();
  expect(await answer).toBe('whole');
  await closed;
});

test('closing cuts what outlasts the deadline', async () => {
  const arrived = Promise.withResolvers<void>();
  const listener = await listen(() => arrived.resolve(), LOCAL);
  const cut = new Promise((resolve) => request(listener.url).on('error', resolve).end());
  await arrived.promise;
  await listener.close(20);
  expect(await cut).toMatchObject({ code: 'ECONNRESET' });
});

test('a connection beyond the bound is closed unanswered, and one that ends makes room', async () => {
  const listener = await listen((_, response) => response.end('here'), LOCAL, { maxConnections: 2 });
  const port = Number(new URL(listener.url).port);
  /** Resolves with the socket once it is answered, with nothing once it is closed before. */
  const open = () =>
    new Promise<ReturnType<typeof connect> | undefined>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'));
      socket
        .on('data', () => resolve(socket))
        .on('error', () => {})
        .on('close', () => resolve(undefined));
    });
  const first = await open();
  const second = await open();

  expect(first).toBeDefined();
  expect(second).toBeDefined();
  expect(await open()).toBeUndefined();
  first?.destroy();
  await expect.poll(open).toBeDefined();
  await listener.close(0);
});
