/**
 * A filter of the CloudEvents Subscriptions API, as Knative's `spec.filters` writes it.
 * @see https://github.com/cloudevents/spec/blob/main/subscriptions/spec.md#324-filters
 */
export type Filter =
  | { readonly exact: Readonly<Record<string, string>> }
  | { readonly prefix: Readonly<Record<string, string>> }
  | { readonly suffix: Readonly<Record<string, string>> }
  | { readonly all: readonly Filter[] }
  | { readonly any: readonly Filter[] }
  | { readonly not: Filter }
  | { readonly cesql: string };
