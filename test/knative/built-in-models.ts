/**
 * The kinds that Kubernetes itself has, as far as our manifests may use them. Whatever is not named here is refused; the API
 * server drops it in silence, and of a network policy that would be a rule.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/
 */
import { isIPv4 } from 'node:net';
import { z } from 'zod';

const name = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
const labelKey = z.string().regex(/^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/);
const labelValue = z.string().regex(/^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/);
const labels = z.record(labelKey, labelValue);
const clusterMetadata = z.strictObject({
  name,
  labels: labels.optional(),
  annotations: z.record(labelKey, z.string()).optional(),
});
const metadata = clusterMetadata.extend({ namespace: name });
/** Names of files, as a volume would have them. */
const fileName = z.string().regex(/^[\w.-]{1,253}$/);

const selector = z.strictObject({
  matchLabels: labels.optional(),
  matchExpressions: z
    .array(
      z.union([
        z.strictObject({ key: labelKey, operator: z.enum(['In', 'NotIn']), values: z.array(labelValue).min(1) }),
        z.strictObject({ key: labelKey, operator: z.enum(['Exists', 'DoesNotExist']) }),
      ]),
    )
    .optional(),
});

const cidr = z.string().refine((text) => {
  const [address = '', bits = '', ...rest] = text.split('/');
  return isIPv4(address) && /^\d{1,2}$/.test(bits) && Number(bits) <= 32 && rest.length === 0;
}, 'is no range of IPv4 addresses');
const peer = z.union([
  z.strictObject({ ipBlock: z.strictObject({ cidr, except: z.array(cidr).optional() }) }),
  z
    .strictObject({ namespaceSelector: selector.optional(), podSelector: selector.optional() })
    .refine((one) => Object.keys(one).length > 0, 'selects nobody'),
]);
const ports = z
  .array(z.strictObject({ protocol: z.enum(['TCP', 'UDP', 'SCTP']), port: z.int().min(1).max(65_535) }))
  .optional();

const networkPolicy = z.strictObject({
  podSelector: selector,
  policyTypes: z.array(z.enum(['Ingress', 'Egress'])).min(1),
  ingress: z.array(z.strictObject({ from: z.array(peer).optional(), ports })).optional(),
  egress: z.array(z.strictObject({ to: z.array(peer).optional(), ports })).optional(),
});

const count = z.union([z.int().min(0), z.string().regex(/^\d{1,3}%$/)]);
const disruptionBudget = z
  .strictObject({ selector, minAvailable: count.optional(), maxUnavailable: count.optional() })
  .refine((one) => (one.minAvailable === undefined) !== (one.maxUnavailable === undefined), 'needs one of its bounds');

/** By `apiVersion kind`. */
export const BUILT_IN_MODELS: ReadonlyMap<string, z.ZodType> = new Map(
  [
    kind('v1', 'Namespace', { metadata: clusterMetadata }),
    kind('v1', 'ServiceAccount', { metadata, automountServiceAccountToken: z.boolean() }),
    kind('v1', 'ConfigMap', { metadata, data: z.record(fileName, z.string()), immutable: z.boolean().optional() }),
    kind('v1', 'Secret', {
      metadata,
      type: z.string().optional(),
      data: z.record(fileName, z.base64()).optional(),
      stringData: z.record(fileName, z.string()).optional(),
      immutable: z.boolean().optional(),
    }),
    kind('networking.k8s.io/v1', 'NetworkPolicy', { metadata, spec: networkPolicy }),
    kind('policy/v1', 'PodDisruptionBudget', { metadata, spec: disruptionBudget }),
  ].map(({ key, model }) => [key, model]),
);

function kind(apiVersion: string, name: string, rest: z.ZodRawShape) {
  const model = z.strictObject({ apiVersion: z.literal(apiVersion), kind: z.literal(name), ...rest });
  return { key: `${apiVersion} ${name}`, model };
}
