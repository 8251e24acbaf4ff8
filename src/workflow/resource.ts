import type { Json } from '../expression/json.ts';
import { compileEndpoint } from './exchange.ts';
import { standardFault } from './fault.ts';
import type { TaskFrame } from './frame.ts';
import type { Path } from './problem.ts';
import type { ExternalResource } from './schema/values.ts';
import type { Owner } from './template.ts';

/** Where an external resource is, and what it holds once parsed. */
export interface Resource {
  url(input: Json, frame: TaskFrame): string;
  read(input: Json, frame: TaskFrame): Promise<Json>;
}

/** A JSON or YAML document on the web, under the same guard and limits as every call. One that needs no authentication is kept for a while. */
export function compileResource(owner: Owner, resource: ExternalResource, below: Path): Resource {
  const endpoint = compileEndpoint(owner, resource.endpoint, [...below, 'endpoint']);
  return {
    url: endpoint.url,
    read(input, frame) {
      const url = endpoint.url(input, frame);
      const { authorize } = endpoint;
      if (authorize === undefined) return frame.world.document(url, () => fetchDocument(frame, url, {}));
      const { scheme, parameter } = authorize(input, frame);
      return fetchDocument(frame, url, { authorization: `${scheme} ${parameter}` });
    },
  };
}

async function fetchDocument(frame: TaskFrame, url: string, headers: Record<string, string>): Promise<Json> {
  const { http, limits } = frame.world;
  const answer = await http({
    method: 'GET',
    url,
    headers: { accept: 'application/json, application/yaml, */*;q=0.5', ...headers },
    follow: true,
    maxBytes: limits.payload,
    allowPrivate: limits.privateAddresses,
    signal: frame.strand.scope.signal,
  });
  if (answer.status !== 200) {
    const detail = `The document at ${url} could not be read: ${answer.status}.`;
    throw standardFault('communication', answer.reason, detail, { status: answer.status });
  }
  const text = answer.body.toString('utf8');
  try {
    if (text.trimStart().startsWith('{')) return JSON.parse(text) as Json;
    const { parse } = await import('yaml');
    return parse(text, { maxAliasCount: 100 }) as Json;
  } catch (cause) {
    throw standardFault('configuration', 'Document cannot be parsed', `${url}: ${(cause as Error).message}`, { cause });
  }
}
