export interface Setting {
  /** What it decides, for the reference. */
  readonly summary: string;
  /** How to put a missing or malformed value right: ends every error about it. */
  readonly fix: string;
  readonly default?: string;
  readonly accepts?: RegExp;
  /** Its value never appears in an error. */
  readonly secret?: true;
}

const SETUP = '`npx fairlead setup` registers an App and writes it to .env.';
const PORT_NUMBER = /^(?:[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$/;

/** Every environment variable that Fairlead reads. Those of Probot keep their names. */
export const SETTINGS = {
  APP_ID: {
    summary: 'Id of the GitHub App.',
    fix: `Set it to the number on the App’s settings page, or: ${SETUP}`,
    accepts: /^\d+$/,
  },
  PRIVATE_KEY: {
    summary: 'Private key of the App: PEM, PEM with `\\n` written out, or base64 of the PEM.',
    fix: `Set it, or PRIVATE_KEY_PATH, to the key generated on the App’s settings page, or: ${SETUP}`,
    secret: true,
  },
  PRIVATE_KEY_PATH: {
    summary: 'File that holds the private key, read where `PRIVATE_KEY` is not set.',
    fix: 'Name a file that holds it and that this process may read.',
  },
  WEBHOOK_SECRET: {
    summary: 'Secret that GitHub signs webhooks with. There is no default.',
    fix: `Set it to the secret on the App’s settings page (\`openssl rand -hex 32\` makes a good one), or: ${SETUP}`,
    secret: true,
  },
  WEBHOOK_SECRET_FILE: {
    summary: 'File that holds the webhook secret, read where `WEBHOOK_SECRET` is not set.',
    fix: 'Name a file that holds it and that this process may read.',
  },
  WEBHOOK_SECRETS_ACCEPTED: {
    summary: 'Further secrets accepted while one is being rotated, separated by commas.',
    fix: 'List secrets that were set on the App’s settings page, separated by commas, or leave it out.',
    secret: true,
  },
  GITHUB_API_URL: {
    summary: 'Root of GitHub’s REST API; for GitHub Enterprise Server `https://HOST/api/v3`.',
    fix: 'Use a URL that starts with https:// (or http:// for a test server).',
    default: 'https://api.github.com',
    accepts: /^https?:\/\/[^\s]+$/,
  },
  FAIRLEAD_BOT_LOGIN: {
    summary: 'Login of the App’s own account, whose events start nothing; asked of GitHub where it is not set.',
    fix: 'Use the App’s slug followed by [bot].',
  },
  HOST: {
    summary: 'Address of the public port (webhooks, health); `::` is every address, of either family.',
    fix: 'Use an address of this machine.',
    default: '::',
  },
  PORT: {
    summary: 'Public port.',
    fix: 'Use a number from 0 (any free one) to 65535.',
    default: '3000',
    accepts: PORT_NUMBER,
  },
  WEBHOOK_PATH: {
    summary: 'Path that GitHub posts webhooks to.',
    fix: 'Use a path that starts with “/”.',
    default: '/api/github/webhooks',
    accepts: /^\/\S*$/,
  },
  FAIRLEAD_INTERNAL_HOST: {
    summary: 'Address of the internal port (`POST /events`, `/metrics`). Beyond loopback only with a token.',
    fix: 'Use an address of this machine.',
    default: '127.0.0.1',
  },
  FAIRLEAD_INTERNAL_PORT: {
    summary: 'Internal port.',
    fix: 'Use a number from 0 (any free one) to 65535.',
    default: '3001',
    accepts: PORT_NUMBER,
  },
  FAIRLEAD_INTERNAL_TOKEN: {
    summary: 'Bearer token that callers of the internal port send.',
    fix: 'Use at least 16 characters (`openssl rand -hex 32`).',
    accepts: /^\S{16,}$/,
    secret: true,
  },
  FAIRLEAD_STORE: {
    summary: 'SQLite file that holds all state, or the URL of a Postgres database.',
    fix: 'Name a file in a directory this process may write.',
    default: './data/fairlead.db',
  },
  DATABASE_URL: {
    summary:
      'Postgres database that holds all state where several processes share it; read where `FAIRLEAD_STORE` is not set.',
    fix: 'Use a URL like postgres://user:password@host:5432/database.',
    accepts: /^postgres(?:ql)?:\/\/\S+$/,
    secret: true,
  },
  K_SINK: {
    summary: 'Where a service publishes its events: the URL of a broker. A SinkBinding sets it.',
    fix: 'Bind the service to a broker (knative/base/410-bindings.yaml), or set it to the broker’s URL.',
    accepts: /^https?:\/\/\S+$/,
  },
  K_CE_OVERRIDES: {
    summary:
      'Attributes added to every event that a service publishes, e.g. `{"extensions":{"cluster":"eu"}}`. A SinkBinding sets it.',
    fix: 'Use a JSON object whose “extensions” are texts under lower-case names.',
  },
  FAIRLEAD_FUNCTIONS_URL: {
    summary: 'Where the runner finds the functions service.',
    fix: 'Use the URL of the service with the role functions, e.g. http://functions.fairlead.svc.cluster.local.',
    accepts: /^https?:\/\/\S+$/,
  },
  FAIRLEAD_FUNCTION: {
    summary: 'The one function that a Knative Function of its own serves, by its `operationId`.',
    fix: 'Name one of those in functions/openapi.json, such as decide.',
    accepts: /^[A-Za-z]{1,64}$/,
  },
  FAIRLEAD_HOLD_SECONDS: {
    summary:
      'How long the runner keeps a delivery open while its run goes on, so that it is not scaled to zero under it. Below the broker’s own patience.',
    fix: 'Use a number of seconds; 0 answers as soon as the run is queued.',
    default: '50',
    accepts: /^\d{1,4}$/,
  },
  FAIRLEAD_ACCEPT_EVENTS: {
    summary:
      'Whether the source takes CloudEvents at `POST /events` from whoever reaches it. With a token it always does.',
    fix: 'Use “true” only where the network lets nobody in but the sender; otherwise “false”.',
    default: 'false',
    accepts: /^(?:true|false)$/,
  },
  FAIRLEAD_OIDC_AUDIENCE: {
    summary:
      'Audience of the tokens that incoming events must bring. Where it is not set, whoever reaches a service may send; the whole bot in one process has the token of its internal port beside it, and demands either of who sends events or reads metrics.',
    fix: 'Set it to the audience that Triggers and sources name for this service (docs/knative.md).',
    accepts: /^\S{1,256}$/,
  },
  FAIRLEAD_OIDC_ISSUER: {
    summary: 'Who signs those tokens, as they say it themselves (`iss`).',
    fix: 'Use the issuer that `kubectl get --raw /.well-known/openid-configuration` shows.',
    default: 'https://kubernetes.default.svc.cluster.local',
    accepts: /^https?:\/\/[^\s]+$/,
  },
  FAIRLEAD_OIDC_KEYS_URL: {
    summary: 'Where the issuer publishes its keys. By default the issuer’s `/openid/v1/jwks`, as Kubernetes has it.',
    fix: 'Use a URL that starts with https:// (or http:// for a test server).',
    accepts: /^https?:\/\/[^\s]+$/,
  },
  FAIRLEAD_OIDC_SUBJECTS: {
    summary:
      'Whose tokens are accepted (`sub`), separated by commas; `*` at the end stands for the rest. Without it, anybody’s whom the issuer knows.',
    fix: 'Use service accounts such as system:serviceaccount:fairlead:*.',
    accepts: /^[^\s*,]+\*?(?:\s*,\s*[^\s*,]+\*?)*$/,
  },
  FAIRLEAD_OIDC_TOKEN_FILE: {
    summary: 'File of the token to ask for the keys with; Kubernetes wants one.',
    fix: 'Name a file this process may read, e.g. /var/run/secrets/kubernetes.io/serviceaccount/token.',
  },
  FAIRLEAD_SINK_TOKEN_FILE: {
    summary:
      'File of the token that goes with each event to `K_SINK`. A SinkBinding mounts it at `/oidc/token` where the cluster’s OIDC feature is on.',
    fix: 'Name a file this process may read.',
  },
  FAIRLEAD_WORKFLOWS: {
    summary:
      'Directory of the workflow definitions. Where there is no such directory by default, those of the package.',
    fix: 'Name a directory with .yaml or .json files.',
    default: './workflows',
  },
  FAIRLEAD_CHANNELS: {
    summary: 'File of chat channels (docs/channels.md). Without it, messages go to the console.',
    fix: 'Name a YAML file this process may read.',
  },
  FAIRLEAD_EVENT_TYPES: {
    summary:
      'Names of GitHub’s events: `knative` (`dev.knative.source.github.pull_request`) or `github` (`com.github.pull_request.opened`). The workflows that come with the bot go by both; your own name those in use.',
    fix: 'Use “knative” or “github”.',
    default: 'knative',
    accepts: /^(?:knative|github)$/,
  },
  FAIRLEAD_LIFECYCLE_EVENTS: {
    summary:
      'Whether runs and their tasks tell of their changes of phase, as CloudEvents `io.serverlessworkflow.…` that workflows and other consumers may start by: `off`, `required` or `all` (with status-changed). Each task costs several commits more.',
    fix: 'Use “off”, “required” or “all”.',
    default: 'off',
    accepts: /^(?:off|required|all)$/,
  },
  FAIRLEAD_CHECK_RUNS: {
    summary: 'Whether each decision is explained in a check run.',
    fix: 'Use “true” or “false”.',
    default: 'true',
    accepts: /^(?:true|false)$/,
  },
  FAIRLEAD_DRY_RUN: {
    summary:
      'Whether decisions are only reported, on the check run, and nothing else is written to GitHub; with `announce` chats are told as well.',
    fix: 'Use “false”, “true” or “announce”.',
    default: 'false',
    accepts: /^(?:false|true|announce)$/,
  },
  FAIRLEAD_RATE_SHARE: {
    summary:
      'How much of an hour’s GitHub calls the bot uses of each installation, percent. Beyond it, work waits for the next hour.',
    fix: 'Use a whole number from 1 to 100.',
    default: '50',
    accepts: /^(?:[1-9]\d?|100)$/,
  },
  FAIRLEAD_DRAIN_SECONDS: {
    summary: 'How long a stop waits for work under way.',
    fix: 'Use a number of seconds.',
    default: '25',
    accepts: /^\d{1,4}$/,
  },
  FAIRLEAD_KEEP_RUNS_DAYS: {
    summary: 'How many days a run and its history are kept after its end. Those that wait are always kept.',
    fix: 'Use 4 days or more, for GitHub may deliver again for three, or 0 to keep them for good.',
    default: '30',
    accepts: /^(?:0|[4-9]|[1-9]\d{1,4})$/,
  },
  LOG_LEVEL: {
    summary: 'Least level that is logged.',
    fix: 'Use trace, debug, info, warn, error, fatal or silent.',
    default: 'info',
    accepts: /^(?:trace|debug|info|warn|error|fatal|silent)$/,
  },
} as const satisfies Record<string, Setting>;
