interface CodeDescription {
  /** Whether trying again unchanged can help. */
  readonly retryable: boolean;
  /** What it means and what its reader can do, in one or two sentences. */
  readonly meaning: string;
}

/** Every code a {@link FairleadError} can carry. `docs/reference/errors.md` is generated from this table. */
export const ERROR_CODES = {
  'config.invalid': {
    retryable: false,
    meaning: 'A setting is missing or malformed; the message names it and a value that works.',
  },
  'cli.usage': {
    retryable: false,
    meaning: 'The command line is not understood; the message names the word and `--help` lists what is.',
  },
  'cli.refused': { retryable: false, meaning: 'What the thing named on the command line is in no state for.' },
  'cli.not_found': { retryable: false, meaning: 'The thing named on the command line does not exist in this store.' },
  'event.invalid': {
    retryable: false,
    meaning: 'The event is not a valid CloudEvent, or its data is not what its type promises.',
  },
  'event.unsupported': {
    retryable: false,
    meaning: 'The message is in a format or encoding that is not understood; send CloudEvents 1.0 in JSON.',
  },
  'event.conflict': {
    retryable: false,
    meaning: 'An event with this id was accepted before with a different body; the second one is refused.',
  },
  'event.unhandled': {
    retryable: false,
    meaning: 'No installation is known for the event, so nothing may act on it. It waits in the dead letters.',
  },
  'event.loop': {
    retryable: false,
    meaning:
      'The event is a reply to a reply, 255 times over: subscribers answer each other in a circle. It is not published.',
  },
  'webhook.unsigned': {
    retryable: false,
    meaning: 'The webhook carries no valid signature. Check that the secret here is the one set on GitHub.',
  },
  'oidc.unavailable': {
    retryable: true,
    meaning:
      'The keys that sign the tokens of incoming events could not be fetched, or not again so soon, so it is not known whether this token’s is one of them. The log says why.',
  },
  'store.unavailable': {
    retryable: true,
    meaning:
      'The store cannot be written (disk full, locked, unreachable). Nothing was accepted; the sender is asked to try again.',
  },
  'store.in_use': {
    retryable: false,
    meaning: 'Another process works on the same store file. Stop it, or use a file of its own for each.',
  },
  'store.schema': {
    retryable: false,
    meaning: 'The store was written by another version of Fairlead; the message says which side to bring up to date.',
  },
  'store.fenced': {
    retryable: false,
    meaning: 'Another process took over this run; what this one wanted to write is refused.',
  },
  'broker.unavailable': {
    retryable: true,
    meaning:
      'The broker did not take the event in time, over several tries. Nothing was accepted; it is sent again later.',
  },
  'broker.refused': {
    retryable: false,
    meaning:
      'The broker refused the event for good; its status is in the message. Look at K_SINK and the broker’s own log.',
  },
  'delivery.refused': {
    retryable: false,
    meaning: 'The subscriber refused the event for good; it is in the dead letters.',
  },
  'delivery.failed': { retryable: true, meaning: 'The subscriber could not handle the event this time.' },
  'workflow.invalid': {
    retryable: false,
    meaning: 'The workflow definition has errors; each is listed with line, column and a hint.',
  },
  'workflow.unknown': { retryable: false, meaning: 'No workflow of that name and version is registered.' },
  'function.unknown': {
    retryable: false,
    meaning: 'A workflow calls a function that does not exist; the message lists those that do.',
  },
  'function.input': {
    retryable: false,
    meaning: 'A workflow calls a function with an input that its schema refuses; the message says where.',
  },
  'function.failed': {
    retryable: false,
    meaning: 'A workflow failed for a reason that none of these codes names; the message says which.',
  },
  'function.unavailable': {
    retryable: true,
    meaning: 'The functions service did not answer. The call is made again when the workflow retries it.',
  },
  'rules.invalid': {
    retryable: false,
    meaning:
      'The repository’s `.github/fairlead.yml` cannot be used; the check run lists each problem with line and column.',
  },
  'github.unauthorized': {
    retryable: false,
    meaning: 'GitHub refused our credentials. Check the App id and private key.',
  },
  'github.forbidden': { retryable: false, meaning: 'The installation lacks a permission that this act needs.' },
  'github.not_found': {
    retryable: false,
    meaning: 'GitHub has no such repository, pull request or person, or hides it from this installation.',
  },
  'github.invalid': { retryable: false, meaning: 'GitHub understood the request and refused its content (422).' },
  'github.rate_limited': {
    retryable: true,
    meaning: 'The installation’s rate limit is used up; we wait as long as GitHub asks.',
  },
  'github.dry_run': {
    retryable: false,
    meaning: 'FAIRLEAD_DRY_RUN is on, and something was about to write to GitHub; it was not sent.',
  },
  'github.unavailable': { retryable: true, meaning: 'GitHub answered 5xx or not at all.' },
  'chat.refused': {
    retryable: false,
    meaning: 'The chat platform refused the message for good (revoked webhook, unknown channel).',
  },
  'chat.gone': {
    retryable: false,
    meaning:
      'The message that was to be edited is no longer there, or no longer ours to edit; a new one is sent in its place.',
  },
  'chat.unavailable': { retryable: true, meaning: 'The chat platform answered 429 or 5xx, or not at all.' },
} as const satisfies Record<string, CodeDescription>;

export type ErrorCode = keyof typeof ERROR_CODES;
