/**
 * A Restate handler of five steps, each a no-op that adds one, served over HTTP/2 and registered with the server whose
 * ports are given; workflows are started through its ingress over kept-alive connections.
 */
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { createServer } from 'node:http2';
import * as restate from '@restatedev/restate-sdk';
import { burst, serve } from '../burst.ts';

const [ingress, admin] = process.argv.slice(2);

const addOne = async (number) => number + 1;

const steps = restate.service({
  name: 'steps',
  handlers: {
    five: async (context, number) => {
      let value = number;
      for (const name of ['one', 'two', 'three', 'four', 'five']) {
        const input = value;
        value = await context.run(name, () => addOne(input));
      }
      return value;
    },
  },
});

const endpoint = createServer(restate.createEndpointHandler({ services: [steps], logger: () => {} }));
endpoint.listen(0, '127.0.0.1');
await once(endpoint, 'listening');
const agent = new Agent({ keepAlive: true });
await post(admin, '/deployments', { uri: `http://127.0.0.1:${endpoint.address().port}` });
serve((request) =>
  burst(
    request,
    (number) => post(ingress, '/steps/five', number),
    (number) => number + 5,
  ),
);

function post(port, path, value) {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(value);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    httpRequest({ agent, host: '127.0.0.1', port, method: 'POST', path, headers }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      if (response.statusCode < 300) resolve(JSON.parse(text));
      else reject(new Error(`${path} answered ${response.statusCode}: ${text}`));
    })
      .on('error', reject)
      .end(body);
  });
}
