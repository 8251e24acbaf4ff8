import type { Command, Option } from './command.ts';

const JSON_FLAG: Option = { summary: 'Print JSON, one object per line.' };
const TENANT: Option = { value: 'id', summary: 'Only this App installation.' };
const LIMIT: Option = { value: 'count', summary: 'At most so many (default 20).' };

/** Every command of `fairlead`. Help and the command line's parser are made of this table. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'start',
    summary: 'Run the bot until it is told to stop.',
    arguments: [],
    options: {
      role: { value: 'role', summary: 'Only one part of it, for a cluster: source, runner, functions or notifier.' },
    },
    notes: ['Settings come from the environment and from .env: docs/reference/configuration.md lists them.'],
    load: async () => (await import('./start.ts')).start,
  },
  {
    name: 'demo',
    summary: 'Watch one pull request go all the way, with no account and no network.',
    arguments: [],
    options: { keep: { summary: 'Leave everything running afterwards, to play with.' } },
    load: async () => (await import('./demo.ts')).demo,
  },
  {
    name: 'setup',
    summary: 'Register a GitHub App in the browser and write its credentials to .env.',
    arguments: [],
    options: {
      url: { value: 'url', summary: 'Needed: where GitHub will reach the bot, e.g. https://bot.example.com.' },
    },
    notes: ['For an organisation’s App set GH_ORG to its login; for GitHub Enterprise Server set GHE_HOST.'],
    load: async () => (await import('./setup.ts')).setup,
  },
  {
    name: 'init',
    summary: 'Write .github/fairlead.yml from labeler.yml, auto_assign.yml, CODEOWNERS and OWNERS.',
    arguments: ['folder|owner/repo?'],
    options: {
      print: { summary: 'Print it instead of writing it.' },
      force: { summary: 'Replace a file that is there.' },
    },
    notes: [
      'The folder is a checkout, by default this one. Of owner/repo the files are read on GitHub, and nothing is written: the',
      'file is printed. docs/migrate.md says what differs.',
    ],
    load: async () => (await import('./init.ts')).init,
  },
  {
    name: 'rules test',
    summary: 'Run the cases of .github/fairlead.test.yml against .github/fairlead.yml.',
    arguments: ['folder?'],
    options: {
      config: { value: 'file', summary: 'Rules to test in place of .github/fairlead.yml.' },
      cases: { value: 'file', summary: 'Cases in place of .github/fairlead.test.yml.' },
      json: JSON_FLAG,
    },
    notes: ['The folder is a checkout, by default this one. docs/rules.md shows how a case is written.'],
    load: async () => (await import('./test-rules.ts')).testRules,
  },
  {
    name: 'simulate',
    summary: 'Show what the rules would do on a pull request of GitHub; nothing is written.',
    arguments: ['owner/repo#number'],
    options: {
      config: { value: 'file', summary: 'Rules in place of those of the base branch.' },
      json: JSON_FLAG,
    },
    notes: ['It reads as the App, with the settings that the bot has.'],
    load: async () => (await import('./simulate.ts')).simulate,
  },
  {
    name: 'replay',
    summary: 'Compare other rules with those in force over past pull requests; nothing is written.',
    arguments: ['owner/repo'],
    options: {
      config: { value: 'file', summary: 'Needed: the rules to compare.' },
      last: { value: 'count', summary: 'So many pull requests, the newest first (default 50, at most 500).' },
      json: JSON_FLAG,
    },
    notes: [
      'Each is judged as if it had just been opened. It takes two calls to GitHub per pull request, and more where rules need more.',
    ],
    load: async () => (await import('./replay.ts')).replay,
  },
  {
    name: 'labels sync',
    summary: 'Bring the labels of a repository in line with the `palette` of its rules.',
    arguments: ['owner/repo'],
    options: {
      'dry-run': { summary: 'Print what would be done, and do nothing.' },
      prune: { summary: 'Delete labels that neither the palette nor a rule names.' },
      config: { value: 'file', summary: 'Rules in place of those of the default branch.' },
      json: JSON_FLAG,
    },
    notes: [
      'It acts as the App, with the settings that the bot has; where FAIRLEAD_DRY_RUN is on, it only prints.',
      'A label is renamed only where the bot’s store can be opened, so that what it remembers of the label follows.',
      'Exit code 1: something was refused, or a person has to put something right.',
    ],
    load: async () => (await import('./sync-labels.ts')).syncLabels,
  },
  {
    name: 'backfill',
    summary: 'Have the open pull requests of a repository evaluated as if they had just been opened.',
    arguments: ['owner/repo'],
    options: {
      limit: { value: 'count', summary: 'At most so many in this go.' },
      'dry-run': { summary: 'Show what would be done; nothing is asked of the bot.' },
      url: { value: 'url', summary: 'Where the bot takes events (default: this machine’s internal port).' },
      json: { summary: 'With --dry-run: print JSON, one object per line.' },
    },
    notes: [
      'It asks for no more than the hour’s share of GitHub’s calls (FAIRLEAD_RATE_SHARE) bears, and ends with 1 while some are left.',
      'The same command then goes on where it stopped, also after it was killed.',
    ],
    load: async () => (await import('./backfill.ts')).backfill,
  },
  {
    name: 'send',
    summary: 'Send a signed webhook to a running bot, as GitHub would.',
    arguments: ['event'],
    options: {
      payload: { value: 'file', summary: 'JSON file of the payload (default: an example of the event).' },
      action: { value: 'action', summary: 'Which example of the event (default: opened, else created).' },
      id: { value: 'guid', summary: 'X-GitHub-Delivery (default: a new one).' },
      url: { value: 'url', summary: 'Where to (default: the bot of this machine’s settings).' },
    },
    notes: ['The secret is WEBHOOK_SECRET, as the bot reads it.'],
    load: async () => (await import('./send.ts')).send,
  },
  {
    name: 'validate',
    summary: 'Check workflow definitions and print every problem with its line and column.',
    arguments: ['file…'],
    options: { json: JSON_FLAG },
    notes: ['Of scenarios (*.test.yaml) only the form is checked; `test` runs them.'],
    load: async () => (await import('./validate.ts')).validate,
  },
  {
    name: 'run',
    summary: 'Run a workflow file here and now; its output goes to standard output.',
    arguments: ['file'],
    options: {
      input: { value: 'json|file', summary: 'Input: JSON in place, or a file of JSON or YAML.' },
      events: { value: 'file', summary: 'CloudEvents for tasks that listen, as JSON or YAML documents.' },
      store: { value: 'file', summary: 'Keep every step in this file, so that a run outlives the process.' },
      key: { value: 'text', summary: 'Names the run in the store: the same key goes on with it.' },
      'allow-private': { summary: 'Let calls reach loopback and private addresses.' },
      quiet: { summary: 'Do not tell of emitted events.' },
    },
    notes: [
      'A secret of the workflow is the environment variable of its name.',
      'Exit code 1: the run faulted or was cancelled.',
    ],
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'test',
    summary:
      'Run the scenarios of a workflow: given input, events and mocked calls, hold what comes of it against what is expected.',
    arguments: ['file…'],
    options: { json: JSON_FLAG },
    notes: [
      'Scenarios are YAML beside the workflow, such as workflows/pull-request.test.yaml; docs/dsl.md tells their form.',
      'A file named fairlead.test.yml holds cases for the rules beside it, as `rules test` runs them.',
    ],
    load: async () => (await import('./test.ts')).test,
  },
  {
    name: 'schema',
    summary: 'Print the JSON Schema of workflow definitions, for editors.',
    arguments: [],
    options: {},
    load: async () => (await import('./schema.ts')).schema,
  },
  {
    name: 'explain',
    summary: 'Draw a workflow definition as a Mermaid flowchart.',
    arguments: ['workflow'],
    options: {},
    notes: ['The workflow is a file, or the name of one in the directory of workflows.'],
    load: async () => (await import('./explain.ts')).explain,
  },
  {
    name: 'knative generate',
    summary: 'Write the Triggers, bindings and EventTypes of workflow definitions as Knative manifests.',
    arguments: ['workflows'],
    options: {
      out: { value: 'folder', summary: 'Where to, or into its folder base where it has one (default: knative).' },
      channels: { value: 'file', summary: 'The notifier’s channels, one Trigger each (default: the console).' },
      only: { value: 'service', summary: 'Nothing but the Triggers of the runner, or those of the notifier.' },
      check: { summary: 'Write nothing; exit 1 where a file is not what would be written.' },
    },
    notes: ['Says what nobody consumes, what nobody emits, and who would wake each other in a circle.'],
    load: async () => (await import('./generate-knative.ts')).generateKnative,
  },
  {
    name: 'runs list',
    summary: 'List workflow runs, newest first.',
    arguments: [],
    options: {
      tenant: TENANT,
      status: { value: 'status', summary: 'Only runs that are pending, running, waiting, completed, faulted, …' },
      before: { value: 'id', summary: 'Only runs older than this one.' },
      limit: LIMIT,
      json: JSON_FLAG,
    },
    load: async () => (await import('./list-runs.ts')).listRuns,
  },
  {
    name: 'runs show',
    summary: 'Show one run as a timeline of its tasks.',
    arguments: ['id'],
    options: { tenant: TENANT, json: JSON_FLAG },
    load: async () => (await import('./show-run.ts')).showRun,
  },
  {
    name: 'runs cancel',
    summary: 'Ask a run to stop.',
    arguments: ['id'],
    options: { tenant: TENANT, reason: { value: 'text', summary: 'Why; kept with the run.' } },
    load: async () => (await import('./control-run.ts')).cancelRun,
  },
  {
    name: 'runs suspend',
    summary: 'Hold a run where it is, until it is resumed.',
    arguments: ['id'],
    options: { tenant: TENANT },
    load: async () => (await import('./control-run.ts')).suspendRun,
  },
  {
    name: 'runs resume',
    summary: 'Let a suspended run go on.',
    arguments: ['id'],
    options: { tenant: TENANT },
    load: async () => (await import('./control-run.ts')).resumeRun,
  },
  {
    name: 'runs retry',
    summary: 'Try a faulted run, or all of them, again from the task that failed.',
    arguments: ['id?'],
    options: {
      tenant: TENANT,
      status: { value: 'status', summary: 'In place of an id, “faulted”: all runs that are.' },
      since: { value: 'time', summary: 'Only runs that faulted then or later: 2026-11-21, or 2026-11-21T14:00Z.' },
      'dry-run': { summary: 'Print which runs would be tried again, and do nothing.' },
    },
    notes: [
      'A sub-flow is left to the run that it is a part of. A run of a head that is no longer the newest ends as superseded.',
      'Exit code 1: a run was not faulted any more when its turn came.',
    ],
    load: async () => (await import('./retry-runs.ts')).retryRuns,
  },
  {
    name: 'dead-letters list',
    summary: 'List events that could not be delivered, newest first.',
    arguments: [],
    options: {
      tenant: TENANT,
      before: { value: 'number', summary: 'Only letters older than this one.' },
      limit: LIMIT,
      json: JSON_FLAG,
    },
    load: async () => (await import('./list-dead-letters.ts')).listDeadLetters,
  },
  {
    name: 'dead-letters show',
    summary: 'Show one dead letter with its event.',
    arguments: ['number'],
    options: { json: JSON_FLAG },
    load: async () => (await import('./show-dead-letter.ts')).showDeadLetter,
  },
  {
    name: 'dead-letters redeliver',
    summary: 'Have dead letters delivered again, with all their tries.',
    arguments: ['number…'],
    options: {},
    notes: [
      'A running bot takes them up by itself; otherwise the next one that starts.',
      'Whose an event of no installation is, is looked up anew; while it is nobody’s, it stays a dead letter.',
    ],
    load: async () => (await import('./redeliver.ts')).redeliver,
  },
];

/** Groups of commands that do something when they are called by the group's name alone. */
export const DEFAULTS: Readonly<Record<string, string>> = { runs: 'runs list', 'dead-letters': 'dead-letters list' };

/** The commands whose first of two words is this one. */
export function inGroup(word: string): readonly Command[] {
  return COMMANDS.filter(({ name }) => name.startsWith(`${word} `));
}
