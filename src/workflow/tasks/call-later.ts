import { z } from 'zod';
import {
  anyObject,
  authentication,
  duration,
  enclosed,
  endpoint,
  exportModel,
  externalResource,
  outputModel,
  stringMap,
  taskBase,
} from '../schema/values.ts';

/**
 * Protocols that the DSL has and this runtime does not call yet. Their definitions are checked in full; compiling one takes
 * down that it cannot run.
 */

const grpc = () =>
  z.strictObject({
    ...taskBase,
    call: z.literal('grpc'),
    with: z.strictObject({
      proto: externalResource,
      service: z.strictObject({
        name: z.string(),
        host: z.string().regex(/^[a-zA-Z0-9](?:[a-zA-Z0-9-.]{0,61}[a-zA-Z0-9])?$/, 'Expected a host name.'),
        port: z.int().min(0).max(65535).optional(),
        authentication: authentication.optional(),
      }),
      method: z.string(),
      arguments: anyObject.optional(),
    }),
  });

/** As the DSL has it: `foreach.do` is checked when the protocol is supported. */
const subscription = () =>
  z.strictObject({
    filter: enclosed.optional(),
    consume: z.union([
      z.strictObject({ for: duration.optional(), amount: z.int() }),
      z.strictObject({ for: duration.optional(), while: enclosed }),
      z.strictObject({ for: duration.optional(), until: enclosed }),
    ]),
    foreach: z
      .strictObject({
        item: z.string().optional(),
        at: z.string().optional(),
        do: z.array(anyObject).optional(),
        output: outputModel.optional(),
        export: exportModel.optional(),
      })
      .optional(),
  });

const asyncApiArguments = () => ({
  document: externalResource,
  server: z.strictObject({ name: z.string(), variables: anyObject.optional() }).optional(),
  protocol: z
    .enum([
      'amqp',
      'amqp1',
      'anypointmq',
      'googlepubsub',
      'http',
      'ibmmq',
      'jms',
      'kafka',
      'mercure',
      'mqtt',
      'mqtt5',
      'nats',
      'pulsar',
      'redis',
      'sns',
      'solace',
      'sqs',
      'stomp',
      'ws',
    ])
    .optional(),
  authentication: authentication.optional(),
});

const message = () => z.strictObject({ payload: anyObject.optional(), headers: anyObject.optional() });

const asyncapi = () =>
  z.strictObject({
    ...taskBase,
    call: z.literal('asyncapi'),
    with: z.union([
      z.strictObject({ ...asyncApiArguments(), operation: z.string(), message: message() }),
      z.strictObject({ ...asyncApiArguments(), operation: z.string(), subscription: subscription() }),
      z.strictObject({ ...asyncApiArguments(), channel: z.string(), message: message() }),
      z.strictObject({ ...asyncApiArguments(), channel: z.string(), subscription: subscription() }),
    ]),
  });

const a2a = () =>
  z.strictObject({
    ...taskBase,
    call: z.literal('a2a'),
    with: z.strictObject({
      agentCard: externalResource.optional(),
      server: endpoint.optional(),
      method: z.enum([
        'message/send',
        'message/stream',
        'tasks/get',
        'tasks/list',
        'tasks/cancel',
        'tasks/resubscribe',
        'tasks/pushNotificationConfig/set',
        'tasks/pushNotificationConfig/get',
        'tasks/pushNotificationConfig/list',
        'tasks/pushNotificationConfig/delete',
        'agent/getAuthenticatedExtendedCard',
      ]),
      parameters: z
        .union([
          anyObject.refine((value) => Object.keys(value).length > 0, 'Expected at least one parameter.'),
          z.string(),
        ])
        .optional(),
    }),
  });

const transport = () => ({ options: stringMap.optional() });

const mcp = () =>
  z.strictObject({
    ...taskBase,
    call: z.literal('mcp'),
    with: z.looseObject({
      protocolVersion: z.string().optional(),
      method: z.enum([
        'tools/list',
        'tools/call',
        'prompts/list',
        'prompts/get',
        'resources/list',
        'resources/read',
        'resources/templates/list',
      ]),
      parameters: z.union([anyObject, z.string()]).optional(),
      timeout: duration.optional(),
      transport: z.union([
        z.looseObject({ ...transport(), http: z.looseObject({ endpoint, headers: stringMap.optional() }) }),
        z.looseObject({
          ...transport(),
          stdio: z.looseObject({
            command: z.string(),
            arguments: z.array(z.string()).optional(),
            environment: stringMap.optional(),
          }),
        }),
      ]),
      client: z.looseObject({ name: z.string(), version: z.string() }).optional(),
    }),
  });

/** By protocol, what makes its schema. */
export const laterCalls = { asyncapi, grpc, a2a, mcp } as const;
