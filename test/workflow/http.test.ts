import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPrivateAddress } from '../../src/workflow/address.ts';
import type { WorkflowFault } from '../../src/workflow/fault.ts';
import { type HttpRequest, nodeHttpClient } from '../../src/workflow/http.ts';
import { expandUriTemplate } from '../../src/workflow/uri-template.ts';

describe('addresses that a workflow may not call', () => {
  it.each([
    '127.0.0.1',
    '127.8.9.1',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fc00::1',
    'fd12:3456::1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'ff02::1',
  ])('%s', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  it.each(['1.1.1.1', '8.8.8.8', '172.32.0.1', '192.169.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
    'but %s it may',
    (address) => {
      expect(isPrivateAddress(address)).toBe(false);
    },
  );
});

describe('the HTTP client', () => {
  let server: Server;
  let origin: string;
  const seen: { url: string; authorization: string | undefined; method: string }[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      seen.push({ url: request.url ?? '', authorization: request.headers.authorization, method: request.method ?? '' });
      if (request.url === '/loop') response.writeHead(302, { location: '/loop' }).end();
      else if (request.url === '/away')
        response.writeHead(307, { location: `${origin.replace('127.0.0.1', 'localhost')}/end` }).end();
      else if (request.url === '/see-other') response.writeHead(303, { location: '/end' }).end();
      else if (request.url === '/large') response.end('x'.repeat(5000));
      else response.end('here');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  function ask(path: string, options: Partial<HttpRequest> = {}): ReturnType<typeof nodeHttpClient> {
    return nodeHttpClient({
      method: 'GET',
      url: path.startsWith('/') ? origin + path : path,
      headers: { authorization: 'Bearer secret' },
      follow: true,
      maxBytes: 1000,
      allowPrivate: true,
      signal: new AbortController().signal,
      ...options,
    });
  }

  async function faultOf(answer: Promise<unknown>): Promise<WorkflowFault['fault']> {
    const error = (await answer.catch((thrown: unknown) => thrown)) as WorkflowFault;
    return error.fault;
  }

  it('does not send credentials on to another host', async () => {
    await ask('/away');
    expect(seen.slice(-2).map(({ authorization }) => authorization)).toEqual(['Bearer secret', undefined]);
  });

  it('turns a POST that is told to see elsewhere into a GET without a body', async () => {
    await ask('/see-other', { method: 'POST', body: 'data' });
    expect(seen.at(-1)).toMatchObject({ url: '/end', method: 'GET' });
  });

  it('gives up on redirects without end', async () => {
    expect(await faultOf(ask('/loop'))).toMatchObject({ status: 503, detail: expect.stringContaining('redirects') });
  });

  it('stops reading an answer that is too large', async () => {
    expect(await faultOf(ask('/large'))).toMatchObject({ status: 500, title: 'Answer too large' });
  });

  it('refuses a name that resolves to this host', async () => {
    const url = `${origin.replace('127.0.0.1', 'localhost')}/end`;
    expect(await faultOf(ask(url, { allowPrivate: false }))).toMatchObject({ status: 403, title: 'Address refused' });
  });

  it.each(['http://127.1/', 'http://0x7f000001/', 'http://2130706433/', 'http://[::ffff:127.0.0.1]/', 'http://[::1]/'])(
    'refuses this host however it is written: %s',
    async (url) => {
      expect(await faultOf(Promise.resolve().then(() => ask(url, { allowPrivate: false })))).toMatchObject({
        status: 403,
      });
    },
  );

  it('says that nobody answers', async () => {
    expect(await faultOf(ask('http://127.0.0.1:1/'))).toMatchObject({ status: 503, title: 'Service unreachable' });
  });

  it('does not know other protocols than HTTP', async () => {
    expect(await faultOf(Promise.resolve().then(() => ask('file:///etc/passwd')))).toMatchObject({ status: 400 });
  });
});

describe('a URI template', () => {
  it.each([
    ['https://x.test/{id}', { id: 5 }, 'https://x.test/5'],
    ['https://x.test/{id}', { id: '../a?b=c#d' }, 'https://x.test/..%2Fa%3Fb%3Dc%23d'],
    ['https://x.test/{missing}/a', {}, 'https://x.test//a'],
    ['https://x.test/{a.b}', { 'a.b': 'x', a: { b: 'y' } }, 'https://x.test/x'],
    ['https://x.test/{flag}?n={none}', { flag: true, none: null }, 'https://x.test/true?n='],
    ['https://x.test/{q}', { q: "it's (fine)*!" }, 'https://x.test/it%27s%20%28fine%29%2A%21'],
    ['https://x.test/{constructor}', {}, 'https://x.test/'],
  ])('%s', (template, data, expected) => {
    expect(expandUriTemplate(template, data)).toBe(expected);
  });

  it('takes no lists and objects', () => {
    expect(() => expandUriTemplate('https://x.test/{ids}', { ids: [1] })).toThrow('an array');
  });
});
