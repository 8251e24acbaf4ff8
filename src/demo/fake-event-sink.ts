import { type CloudEvent, HTTP } from 'cloudevents';
import { type FakeOptions, type FakeServer, startFakeServer } from './chat-server.ts';

/** A receiver of CloudEvents over HTTP, binary and structured, as a real HTTP server on loopback. */
export interface FakeEventSink extends FakeServer {
  /** In the order of arrival, repeats included. */
  readonly events: readonly CloudEvent<unknown>[];
}

export async function startFakeEventSink(options: FakeOptions = {}): Promise<FakeEventSink> {
  const events: CloudEvent<unknown>[] = [];
  const server = await startFakeServer(options, ({ headers, body }) => {
    const message = { headers: { ...headers }, body };
    if (!HTTP.isEvent(message)) return { status: 400, body: 'not a CloudEvent' };
    const arrived = HTTP.toEvent<unknown>(message);
    if (Array.isArray(arrived)) return { status: 415, body: 'batches are not taken' };
    events.push(arrived as CloudEvent<unknown>);
    return { status: 202, body: '' };
  });
  return { ...server, events };
}
