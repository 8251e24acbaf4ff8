import { isArray, isObject, type Json, type JsonObject, readKey } from '../expression/json.ts';
import { standardFault } from './fault.ts';
import { encodeSimple } from './uri-template.ts';

/** A request as an OpenAPI operation shapes it from named parameters. */
export interface OpenApiRequest {
  readonly method: string;
  readonly url: string;
  readonly query: readonly [string, string][];
  readonly headers: Record<string, string>;
  readonly body: Json | undefined;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  /** How the items of a list are joined; undefined: one pair each (`multi`, `explode`). */
  readonly separator: string | undefined;
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/**
 * Finds the operation in an OpenAPI 3.x or Swagger 2.0 document and shapes its request. A value named like a declared
 * parameter goes where that is declared; `body` is the body when no parameter has that name; any values left are the
 * properties of the body, when the operation takes one, and else a fault.
 *
 * @see https://spec.openapis.org/oas/v3.1.1
 * @see https://swagger.io/specification/v2/
 */
export function shapeRequest(
  document: Json,
  documentUrl: string,
  operationId: string,
  values: Readonly<Record<string, Json>>,
): OpenApiRequest {
  const root = asObject(document, 'The OpenAPI document');
  const found = findOperation(root, operationId);
  const declared = [...list(found.item.parameters), ...list(found.operation.parameters)].map((parameter) =>
    resolve(root, parameter),
  );
  const parameters = new Map(declared.map((parameter) => [`${text(parameter.in)} ${text(parameter.name)}`, parameter]));
  const bodyParameter = [...parameters.values()].find((parameter) => parameter.in === 'body');
  const left = new Map(Object.entries(values));
  let path = found.path;
  const query: [string, string][] = [];
  const headers: Record<string, string> = {};
  const form: Record<string, Json> = {};
  const cookies: string[] = [];

  for (const raw of parameters.values()) {
    if (raw === bodyParameter) continue;
    const parameter = describe(raw);
    const value = left.get(parameter.name) ?? null;
    left.delete(parameter.name);
    if (value === null) {
      if (parameter.required) throw invalid(`${operationId} needs the parameter “${parameter.name}”.`);
      continue;
    }
    switch (parameter.in) {
      case 'path':
        path = path.replaceAll(`{${parameter.name}}`, join(value, ',', encodeSimple));
        break;
      case 'query':
        query.push(...pairs(parameter, value));
        break;
      case 'header':
        headers[parameter.name.toLowerCase()] = join(value, ',');
        break;
      case 'cookie':
        cookies.push(`${parameter.name}=${join(value, ',', encodeSimple)}`);
        break;
      case 'formData':
        form[parameter.name] = value;
        break;
      default:
        throw invalid(`${operationId} has a parameter in “${parameter.in}”, which is unknown.`);
    }
  }
  if (cookies.length > 0) headers.cookie = cookies.join('; ');
  const url = baseUrl(root, found, documentUrl) + path;
  const body = shapeBody(root, found.operation, bodyParameter, left, form, headers, operationId);
  return { method: found.method, url, query, headers, body };
}

interface Found {
  readonly path: string;
  readonly method: string;
  readonly item: JsonObject;
  readonly operation: JsonObject;
}

function findOperation(root: JsonObject, operationId: string): Found {
  const known: string[] = [];
  for (const [path, rawItem] of Object.entries(asObject(readKey(root, 'paths'), 'The paths of the OpenAPI document'))) {
    const item = resolve(root, rawItem);
    for (const method of METHODS) {
      const operation = readKey(item, method);
      if (!isObject(operation)) continue;
      if (operation.operationId === operationId) return { path, method, item, operation };
      known.push(String(operation.operationId ?? ''));
    }
  }
  throw standardFault(
    'configuration',
    'Unknown operation',
    `The OpenAPI document has no operation “${operationId}”; it has ${known.filter(Boolean).slice(0, 20).join(', ')}.`,
  );
}

function baseUrl(root: JsonObject, found: Found, documentUrl: string): string {
  if (typeof root.swagger === 'string') {
    const document = new URL(documentUrl);
    const schemes = list(found.operation.schemes ?? root.schemes ?? null).map(text);
    const scheme = schemes.find((name) => name === 'https') ?? schemes[0] ?? document.protocol.slice(0, -1);
    const host = typeof root.host === 'string' ? root.host : document.host;
    return `${scheme}://${host}${typeof root.basePath === 'string' ? root.basePath.replace(/\/$/, '') : ''}`;
  }
  const [server] = [found.operation.servers, found.item.servers, root.servers].flatMap((servers) =>
    list(servers ?? null),
  );
  if (!isObject(server ?? null)) return new URL('/', documentUrl).href.replace(/\/$/, '');
  const { url, variables } = server as JsonObject;
  const filled = text(url ?? '/').replaceAll(/\{([^{}]+)\}/g, (_whole, name: string) => {
    const variable = isObject(variables ?? null) ? readKey(variables as JsonObject, name) : null;
    return isObject(variable) ? text(readKey(variable, 'default')) : '';
  });
  return new URL(filled, documentUrl).href.replace(/\/$/, '');
}

/** OpenAPI 3 says `style` and `explode`, Swagger 2.0 says `collectionFormat`. */
function describe(raw: JsonObject): Parameter {
  const place = text(raw.in);
  const format = raw.collectionFormat;
  const isSwagger = raw.type !== undefined;
  const explodes = isSwagger ? format === 'multi' : (raw.explode ?? (place === 'query' || place === 'cookie')) === true;
  const separators: Readonly<Record<string, string>> = {
    ssv: ' ',
    spaceDelimited: ' ',
    tsv: '\t',
    pipes: '|',
    pipeDelimited: '|',
  };
  return {
    name: text(raw.name),
    in: place,
    required: raw.required === true,
    separator: explodes ? undefined : (separators[String(format ?? raw.style)] ?? ','),
  };
}

function pairs(parameter: Parameter, value: Json): [string, string][] {
  const { name, separator } = parameter;
  if (isArray(value)) {
    return separator === undefined
      ? value.map((item) => [name, plain(item)])
      : [[name, value.map(plain).join(separator)]];
  }
  if (isObject(value) && separator === undefined) return Object.entries(value).map(([key, item]) => [key, plain(item)]);
  return [[name, join(value, separator ?? ',')]];
}

function shapeBody(
  root: JsonObject,
  operation: JsonObject,
  bodyParameter: JsonObject | undefined,
  left: Map<string, Json>,
  form: Record<string, Json>,
  headers: Record<string, string>,
  operationId: string,
): Json | undefined {
  if (Object.keys(form).length > 0) {
    headers['content-type'] = 'application/x-www-form-urlencoded';
    return form;
  }
  const requestBody = operation.requestBody === undefined ? undefined : resolve(root, operation.requestBody);
  if (requestBody !== undefined) {
    const types = isObject(requestBody.content ?? null) ? Object.keys(requestBody.content as JsonObject) : [];
    const type = types.find((name) => name.includes('json')) ?? types[0];
    if (type !== undefined && !type.includes('*')) headers['content-type'] = type;
  }
  const takesBody = bodyParameter !== undefined || requestBody !== undefined;
  const name = bodyParameter === undefined ? 'body' : text(bodyParameter.name);
  const whole = left.get(name);
  if (takesBody && whole !== undefined && left.size === 1) return whole;
  if (left.size === 0) {
    if ((bodyParameter ?? requestBody)?.required === true) throw invalid(`${operationId} needs a body.`);
    return undefined;
  }
  if (!takesBody)
    throw invalid(`${operationId} has no parameter ${[...left.keys()].map((key) => `“${key}”`).join(', ')}.`);
  return Object.fromEntries(left);
}

function resolve(root: JsonObject, value: Json | undefined, depth = 0): JsonObject {
  const object = asObject(value ?? null, 'A part of the OpenAPI document');
  const reference = object.$ref;
  if (typeof reference !== 'string') return object;
  if (!reference.startsWith('#/') || depth > 10) throw invalid(`The reference ${reference} cannot be followed.`);
  let target: Json = root;
  for (const step of reference.slice(2).split('/')) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    target = isObject(target) ? readKey(target, key) : null;
  }
  return resolve(root, target, depth + 1);
}

function join(value: Json, separator: string, encode: (text: string) => string = (item) => item): string {
  if (isArray(value)) return value.map((item) => encode(plain(item))).join(separator);
  if (isObject(value)) {
    return Object.entries(value)
      .flatMap(([key, item]) => [encode(key), encode(plain(item))])
      .join(separator);
  }
  return encode(plain(value));
}

function plain(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function list(value: Json | undefined): readonly Json[] {
  return isArray(value ?? null) ? (value as readonly Json[]) : [];
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : String(value ?? '');
}

function asObject(value: Json, what: string): JsonObject {
  if (isObject(value)) return value;
  throw standardFault('configuration', 'Not an OpenAPI document', `${what} is not an object.`);
}

function invalid(detail: string): Error {
  return standardFault('validation', 'Request cannot be made', detail);
}
