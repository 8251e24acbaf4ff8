import type { components } from '@octokit/openapi-types';
import { type Answer, notFound } from './answer.ts';
import { issueToken } from './authority.ts';
import { numberOf, page, pageUrl } from './page.ts';
import { toNodeId, toSimpleUser } from './represent-repository.ts';
import { appRoute, type Route } from './route.ts';
import { ASKED_PERMISSIONS } from './seed.ts';
import { botOf, type HookDelivery, type Installation, keyOf, type World } from './world.ts';

type Schemas = components['schemas'];

const BORN = '2020-01-01T00:00:00Z';
const EVENTS = ['check_run', 'pull_request', 'pull_request_review'];

/** Operations of the App itself: who it is, where it is installed, its tokens, and what became of its webhooks. */
export function appRoutes(options: { readonly tokenLifetimeMs: number }): readonly Route[] {
  return [
    appRoute('GET', '/app', (world) => ({ status: 200, body: toIntegration(world) })),
    appRoute('GET', '/app/installations', (world, call) => {
      const { items, headers } = page(call, [...world.installations.values()]);
      return { status: 200, headers, body: items.map((installation) => toInstallation(world, installation)) };
    }),
    appRoute('GET', '/app/installations/{id}', (world, _call, { id }) => {
      const installation = world.installations.get(Number(id));
      return installation ? { status: 200, body: toInstallation(world, installation) } : notFound();
    }),
    appRoute('GET', '/repos/{owner}/{repo}/installation', (world, _call, { owner, repo }) => {
      const repository = world.repositories.get(keyOf(`${owner}/${repo}`));
      const installation = repository && world.installations.get(repository.installation);
      return installation ? { status: 200, body: toInstallation(world, installation) } : notFound();
    }),
    appRoute('POST', '/app/installations/{id}/access_tokens', (world, _call, { id }) => {
      const installation = world.installations.get(Number(id));
      if (!installation) return notFound();
      const { text, expiresAt } = issueToken(world, installation.id, options.tokenLifetimeMs);
      const body = {
        token: text,
        expires_at: new Date(expiresAt).toISOString(),
        permissions: installation.permissions as Schemas['app-permissions'],
        repository_selection: 'all',
      } satisfies Schemas['installation-token'];
      return { status: 201, body };
    }),
    appRoute('GET', '/app/hook/deliveries', (world, call): Answer => {
      const size = Math.min(Math.max(numberOf(call.query.get('per_page'), 30), 1), 100);
      const newestFirst = world.deliveries.toReversed();
      const cursor = call.query.get('cursor');
      const start = cursor === null ? 0 : newestFirst.findIndex(({ id }) => `v1_${id}` === cursor);
      if (start < 0) return { status: 200, body: [] };
      const next = newestFirst[start + size];
      return {
        status: 200,
        headers: next ? { link: `<${pageUrl(call, { cursor: `v1_${next.id}` })}>; rel="next"` } : {},
        body: newestFirst.slice(start, start + size).map(toHookDelivery),
      };
    }),
    appRoute('POST', '/app/hook/deliveries/{id}/attempts', (world, _call, { id }) => {
      const delivery = world.deliveries.find((candidate) => candidate.id === Number(id));
      if (!delivery) return notFound();
      world.redeliver(delivery);
      return { status: 202, body: {} };
    }),
  ];
}

export function toIntegration(world: World) {
  return {
    id: world.app.id,
    slug: world.app.slug,
    node_id: toNodeId('App', world.app.id),
    owner: toSimpleUser(world, botOf(world)),
    name: world.app.slug,
    description: null,
    external_url: 'https://example.com',
    html_url: `https://github.com/apps/${world.app.slug}`,
    created_at: BORN,
    updated_at: BORN,
    permissions: { ...ASKED_PERMISSIONS },
    events: EVENTS,
    installations_count: world.installations.size,
  } satisfies NonNullable<Schemas['integration']>;
}

function toInstallation(world: World, installation: Installation) {
  const { account } = installation;
  return {
    id: installation.id,
    account: toSimpleUser(world, account),
    repository_selection: 'all',
    access_tokens_url: `${world.apiUrl()}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${world.apiUrl()}/installation/repositories`,
    html_url: `https://github.com/settings/installations/${installation.id}`,
    app_id: world.app.id,
    app_slug: world.app.slug,
    target_id: account.id,
    target_type: account.type,
    permissions: installation.permissions as Schemas['app-permissions'],
    events: EVENTS,
    created_at: BORN,
    updated_at: BORN,
    single_file_name: null,
    suspended_by: null,
    suspended_at: null,
  } satisfies Schemas['installation'];
}

function toHookDelivery(delivery: HookDelivery) {
  const { action, installation, repository } = delivery.payload as {
    readonly action?: string;
    readonly installation?: { readonly id: number };
    readonly repository?: { readonly id: number };
  };
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: new Date(delivery.deliveredAt).toISOString(),
    redelivery: delivery.redelivery,
    duration: delivery.duration,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: action ?? null,
    installation_id: installation?.id ?? null,
    repository_id: repository?.id ?? null,
    throttled_at: null,
  } satisfies Schemas['hook-delivery-item'];
}
