/**
 * Knative's eventing resources as the look-alike understands them: Brokers, Triggers and PingSources out of manifests.
 * Where Knative's webhook would refuse a resource, this does, with the resource's name.
 */
import { parseAllDocuments } from 'yaml';
import { FairleadError } from '../../events/fairlead-error.ts';
import type { DeliveryPolicy } from '../broker.ts';
import { DEFAULT_POLICY } from '../delivery.ts';
import type { Filter } from '../filter.ts';

/** Whom events go to: a service of the cluster by name, or any URL; `uri` is a path where both are given. */
export interface Destination {
  readonly ref?: { readonly kind: string; readonly name: string; readonly namespace?: string };
  readonly uri?: string;
}

export interface Delivery extends DeliveryPolicy {
  readonly deadLetterSink?: Destination;
}

export interface BrokerResource {
  readonly namespace: string;
  readonly name: string;
  readonly delivery: Delivery;
}

export interface TriggerResource {
  readonly namespace: string;
  readonly name: string;
  readonly broker: string;
  readonly filters: readonly Filter[];
  readonly delivery: Delivery | undefined;
  readonly subscriber: Destination;
}

export interface PingResource {
  readonly namespace: string;
  readonly name: string;
  /** A crontab line. */
  readonly schedule: string;
  readonly data: string;
  readonly contentType: string;
  readonly sink: Destination;
}

export interface Eventing {
  readonly brokers: readonly BrokerResource[];
  readonly triggers: readonly TriggerResource[];
  readonly pings: readonly PingResource[];
}

interface Resource<Spec> {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: Spec;
}

type TriggerSpec = {
  readonly broker: string;
  readonly filters?: readonly Filter[];
  readonly filter?: { readonly attributes?: Readonly<Record<string, string>> };
  readonly delivery?: Partial<Delivery>;
  readonly subscriber: Destination;
};

/** Other kinds are passed over. @throws FairleadError `config.invalid` when a text is not YAML */
export function readEventing(texts: readonly string[]): Eventing {
  const resources = texts.flatMap(readResources);
  const ofKind = <Spec>(kind: string) => resources.filter((each): each is Resource<Spec> => each?.kind === kind);
  return {
    brokers: ofKind<{ delivery?: Partial<Delivery> }>('Broker').map((each) => ({
      ...nameOf(each),
      delivery: { ...DEFAULT_POLICY, retry: 0, ...each.spec?.delivery },
    })),
    triggers: ofKind<TriggerSpec>('Trigger').map((each) => {
      const { broker, delivery, subscriber } = each.spec as TriggerSpec;
      return {
        ...nameOf(each),
        broker,
        subscriber,
        filters: filtersOf(each.spec as TriggerSpec),
        delivery: delivery && { ...DEFAULT_POLICY, retry: 0, ...delivery },
      };
    }),
    pings: ofKind<Omit<PingResource, 'namespace' | 'name'>>('PingSource').map((each) => {
      const { schedule, data = '', contentType = 'application/json', sink } = each.spec as PingResource;
      return { ...nameOf(each), schedule, data, contentType, sink };
    }),
  };
}

function readResources(text: string): readonly (Resource<unknown> | null)[] {
  return parseAllDocuments(text).map((document) => {
    const [problem] = document.errors;
    if (problem) throw new FairleadError('config.invalid', `A manifest is not YAML: ${problem.message}`);
    return document.toJS() as Resource<unknown> | null;
  });
}

function nameOf({ metadata }: Resource<unknown>): { readonly namespace: string; readonly name: string } {
  return { namespace: metadata.namespace ?? 'default', name: metadata.name };
}

/** `filters` has the word where it says anything; an empty string in the older `filter` lets every value pass. */
function filtersOf({ filters = [], filter }: TriggerSpec): readonly Filter[] {
  if (filters.length > 0) return filters;
  const attributes = Object.entries(filter?.attributes ?? {}).filter(([, value]) => value !== '');
  return attributes.length === 0 ? [] : [{ exact: Object.fromEntries(attributes) }];
}
