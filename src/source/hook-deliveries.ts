/**
 * What GitHub remembers of the webhooks it sent to the App: three days of attempts, each of which can be asked for again.
 * @see https://docs.github.com/en/rest/apps/webhooks
 */

/** One attempt. Attempts of the same webhook share its guid, the `X-GitHub-Delivery` that we know it by. */
export interface HookAttempt {
  readonly id: number;
  readonly guid: string;
  /** Epoch milliseconds. */
  readonly deliveredAt: number;
  /** What we answered; 0 where there was no answer. */
  readonly statusCode: number;
  readonly redelivery: boolean;
  readonly installation: number | undefined;
}

export interface HookAttemptPage {
  /** Newest first. */
  readonly attempts: readonly HookAttempt[];
  /** Of the next, older page; undefined on the last one. */
  readonly next: string | undefined;
}

/** A port: the recovery's view of GitHub. */
export interface HookDeliveries {
  list(cursor: string | undefined): Promise<HookAttemptPage>;
  redeliver(id: number): Promise<void>;
}

/** The part of an Octokit that acts as the App. */
export interface AppClient {
  request(
    route: string,
    parameters?: Record<string, unknown>,
  ): Promise<{ readonly data: unknown; readonly headers: { readonly link?: string | undefined } }>;
}

interface Row {
  readonly id: number;
  readonly guid: string;
  readonly delivered_at: string;
  readonly status_code: number;
  readonly redelivery: boolean;
  readonly installation_id: number | null;
}

export function createHookDeliveries({ app }: { readonly app: AppClient }): HookDeliveries {
  return {
    async list(cursor) {
      const { data, headers } = await app.request('GET /app/hook/deliveries', { per_page: 100, cursor });
      return { attempts: (data as Row[]).map(toAttempt), next: nextCursor(headers.link) };
    },
    async redeliver(id) {
      await app.request('POST /app/hook/deliveries/{delivery_id}/attempts', { delivery_id: id });
    },
  };
}

function toAttempt(row: Row): HookAttempt {
  return {
    id: row.id,
    guid: row.guid,
    deliveredAt: Date.parse(row.delivered_at),
    statusCode: row.status_code,
    redelivery: row.redelivery,
    installation: row.installation_id ?? undefined,
  };
}

function nextCursor(link = ''): string | undefined {
  const address = /<([^>]*)>;\s*rel="next"/.exec(link)?.[1];
  return address === undefined ? undefined : (new URL(address).searchParams.get('cursor') ?? undefined);
}
