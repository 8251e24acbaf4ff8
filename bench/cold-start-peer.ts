/**
 * What `bench/cold-start.ts` starts beside the bot: `raw`, the least that answers a request, and `probot`, an empty app as
 * `probot run` serves it, configured by the environment as its users do. Listens on PORT and says nothing.
 *
 * It is built as CommonJS: a module that imports `node:http` has all its exports read, and that loads undici, which the bare
 * server would then pay for and the bundled bot would not.
 */
import { createServer } from 'node:http';

function raw(): void {
  createServer((req, res) => {
    req.resume();
    req.on('end', () => res.writeHead(202, { 'content-length': 0 }).end());
  }).listen(Number(process.env.PORT), process.env.HOST);
}

async function probot(): Promise<void> {
  const { run } = await import('probot');
  await run((app) => void app.on('pull_request', () => {}));
}

void { raw, probot }[process.argv[2] as 'raw' | 'probot']();
