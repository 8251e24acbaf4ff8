/**
 * What Knative's GitHubSource says of each GitHub event in the attributes of its CloudEvent, as a table: where in the
 * payload the subject is, and where each extension attribute is. Triggers written for that source match ours unchanged.
 * @see https://github.com/knative-extensions/eventing-github
 */

export type Payload = Readonly<Record<string, unknown>>;

/** Reads one attribute's value out of a payload; undefined where the payload does not have it. */
type Read = (payload: Payload) => string | undefined;

export interface Attributes {
  readonly subject: Read;
  readonly extensions: readonly (readonly [name: string, read: Read])[];
}

/** Reads the scalar at a dotted path. An empty text counts as absent: an attribute must have a value. */
function at(path: string): Read {
  const keys = path.split('.');
  return (payload) => {
    let value: unknown = payload;
    for (const key of keys) {
      if (typeof value !== 'object' || value === null) return undefined;
      value = (value as Payload)[key];
    }
    return toText(value);
  };
}

function toText(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** What follows the last slash of a URL: `12#issuecomment-7`. */
function lastPathPortion(path: string): Read {
  const read = at(path);
  return (payload) => {
    const url = read(payload);
    const slash = url?.lastIndexOf('/') ?? -1;
    return slash === -1 ? undefined : toText(url?.slice(slash + 1));
  };
}

function wikiPages(payload: Payload): string | undefined {
  const pages = Array.isArray(payload.pages) ? (payload.pages as Payload[]) : [];
  return toText(pages.map((page) => page.page_name).join(','));
}

function firstOf(...reads: readonly Read[]): Read {
  return (payload) => {
    for (const read of reads) {
      const value = read(payload);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

function define(subject: Read, extensions: Readonly<Record<string, string>>): Attributes {
  return { subject, extensions: Object.entries(extensions).map(([name, path]) => [name, at(path)]) };
}

const action = { action: 'action' };
const installation = { installation: 'installation.id' };
const sender = { sender: 'sender.login' };
const onRepository = { owner: 'repository.owner.login', repository: 'repository.name', ...sender };
const onOrganization = { owner: 'organization.login', ...sender };

const onInstallation = define(at('installation.id'), { ...installation, ...sender, ...action });
const byAction = define(at('action'), { ...onRepository, ...action });

const EVENTS: ReadonlyMap<string, Attributes> = new Map(
  Object.entries({
    check_run: define(at('check_run.id'), { ...onRepository, ...action }),
    check_suite: define(at('check_suite.id'), { ...onRepository, ...action }),
    commit_comment: define(lastPathPortion('comment.html_url'), { ...onRepository, ...action }),
    create: define(at('ref_type'), { ...onRepository, ref: 'ref' }),
    delete: define(at('ref_type'), { ...onRepository, ref: 'ref' }),
    deployment: define(at('deployment.id'), onRepository),
    deployment_status: define(at('deployment.id'), onRepository),
    fork: define(at('forkee.id'), onRepository),
    gollum: define(wikiPages, onRepository),
    installation: onInstallation,
    installation_repositories: onInstallation,
    integration_installation: onInstallation,
    integration_installation_repositories: onInstallation,
    issue_comment: define(lastPathPortion('comment.html_url'), { ...onRepository, ...action }),
    issues: define(at('issue.number'), {
      ...onRepository,
      ...action,
      label: 'label.name',
      assignee: 'assignee.login',
    }),
    label: define(at('label.name'), { ...onRepository, ...action, label: 'label.name' }),
    member: define(at('member.id'), { ...onRepository, ...action }),
    membership: define(at('member.id'), { ...onOrganization, ...action, scope: 'scope' }),
    milestone: define(at('milestone.number'), { ...onRepository, ...action }),
    organization: define(at('action'), { ...onOrganization, ...action }),
    org_block: define(at('action'), { ...onOrganization, ...action }),
    page_build: define(at('id'), onRepository),
    ping: define(at('hook_id'), onRepository),
    project: byAction,
    project_card: byAction,
    project_column: byAction,
    public: define(at('repository.id'), onRepository),
    pull_request: define(at('pull_request.number'), {
      ...onRepository,
      ...installation,
      ...action,
      number: 'number',
      label: 'label.name',
      assignee: 'assignee.login',
    }),
    pull_request_review: define(at('review.id'), {
      ...onRepository,
      ...installation,
      ...action,
      review: 'review.state',
    }),
    pull_request_review_comment: define(at('comment.id'), { ...onRepository, ...installation, ...action }),
    push: define(lastPathPortion('compare'), {
      ...onRepository,
      ...installation,
      pusher: 'pusher.name',
      ref: 'ref',
      created: 'created',
      deleted: 'deleted',
      forced: 'forced',
    }),
    release: define(at('release.tag_name'), { ...onRepository, ...installation, ...action, release: 'release.name' }),
    repository: define(at('repository.id'), { ...onRepository, ...action }),
    repository_vulnerability_alert: define(at('alert.id'), action),
    security_advisory: define(at('security_advisory.ghsa_id'), action),
    status: define(at('sha'), { ...onRepository, state: 'state', name: 'name', context: 'context' }),
    team: define(at('team.id'), { ...sender, ...action }),
    team_add: define(at('repository.id'), onRepository),
    watch: define(at('repository.id'), { ...onRepository, ...action }),
  }),
);

/** For an event that Knative's source does not know: the thing the event is named after, else what it happened to. */
function fallback(event: string): Attributes {
  return define(
    firstOf(
      at(`${event}.number`),
      at(`${event}.id`),
      at('comment.id'),
      at('pull_request.number'),
      at('issue.number'),
      at('alert.number'),
      at('repository.id'),
    ),
    { ...onRepository, ...installation, ...action, ref: 'ref' },
  );
}

const fallbacks = new Map<string, Attributes>();

/** Names that have been given a fallback, at most: the name comes from a header that the signature does not cover. */
const MOST_FALLBACKS = 256;

/** The attributes of a GitHub event, those of Knative's source where it knows the event. */
export function attributesOf(event: string): Attributes {
  const known = EVENTS.get(event) ?? fallbacks.get(event);
  if (known) return known;
  const attributes = fallback(event);
  if (fallbacks.size < MOST_FALLBACKS) fallbacks.set(event, attributes);
  return attributes;
}
