import { Counter, Gauge, Histogram, Registry } from 'prom-client';

interface MetricDescription {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Every metric we expose, without the `fairlead_` prefix. Labels are of low cardinality: no repository, no event id. */
export const METRICS = {
  events_total: { type: 'counter', help: 'Events offered to the broker.', labels: ['type', 'outcome'] },
  webhooks_total: { type: 'counter', help: 'Webhooks by the HTTP status they were answered with.', labels: ['status'] },
  recovered_deliveries_total: {
    type: 'counter',
    help: 'Webhook deliveries that GitHub was asked to send again.',
    labels: ['why'],
  },
  deliveries_total: { type: 'counter', help: 'Deliveries to subscribers by outcome.', labels: ['trigger', 'outcome'] },
  delivery_seconds: { type: 'histogram', help: 'Time a subscriber took for one try.', labels: ['trigger'] },
  deliveries_due: { type: 'gauge', help: 'Deliveries waiting in the store.', labels: [] },
  dead_letters: { type: 'gauge', help: 'Dead letters waiting for a person.', labels: [] },
  runs_total: { type: 'counter', help: 'Workflow runs that ended, by status.', labels: ['workflow', 'status'] },
  run_seconds: { type: 'histogram', help: 'Time from the start of a run to its end.', labels: ['workflow'] },
  steps_total: {
    type: 'counter',
    help: 'Entries written to the journals of runs, by kind; `done` is a task that ended.',
    labels: ['workflow', 'kind'],
  },
  github_requests_total: {
    type: 'counter',
    help: 'Calls to GitHub by operation class and status.',
    labels: ['method', 'status'],
  },
  github_request_seconds: { type: 'histogram', help: 'Time of one call to GitHub.', labels: ['method'] },
  github_rate_limit_remaining: {
    type: 'gauge',
    help: 'What GitHub last said is left of the hour, by tenant.',
    labels: ['tenant'],
  },
  github_budget_used_ratio: {
    type: 'gauge',
    help: 'What is used of the hour’s share of calls, by tenant; at 1 its work waits for the next hour.',
    labels: ['tenant', 'resource'],
  },
  github_points_total: {
    type: 'counter',
    help: 'Points of GitHub’s secondary limit: 1 a read, 5 a write.',
    labels: [],
  },
  github_waits_total: {
    type: 'counter',
    help: 'Calls put off before they left: `hour` (its share is used), `points`, `writes` (a minute’s), `told` (by GitHub).',
    labels: ['why'],
  },
  notifications_total: {
    type: 'counter',
    help: 'Chat messages by platform and outcome.',
    labels: ['platform', 'outcome'],
  },
  notification_seconds: { type: 'histogram', help: 'Time of one chat message.', labels: ['platform'] },
} as const satisfies Record<string, MetricDescription>;

type Metrics_ = typeof METRICS;
type NameOf<Type> = { [Name in keyof Metrics_]: Metrics_[Name]['type'] extends Type ? Name : never }[keyof Metrics_];
type LabelsOf<Name extends keyof Metrics_> = Readonly<Record<Metrics_[Name]['labels'][number], string>>;

/** What rooms are given to count with. Labels are checked against the table of {@link METRICS} by type. */
export interface Metrics {
  count<Name extends NameOf<'counter'>>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  set<Name extends NameOf<'gauge'>>(name: Name, labels: LabelsOf<Name>, value: number): void;
  /** Durations in seconds. */
  time<Name extends NameOf<'histogram'>>(name: Name, labels: LabelsOf<Name>, seconds: number): void;
  /** The Prometheus exposition text, `contentType` beside it. */
  expose(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/**
 * A registry of its own, so that two houses in one process do not mix. It is made one turn of the event loop after the first
 * thing counted: the first answer does not wait for it (docs/decisions/0008-cold-start.md).
 */
export function createMetrics({
  after,
}: {
  /** What is counted before it resolves is kept until then; without it, until the next turn of the event loop. */
  readonly after?: Promise<void>;
} = {}): Metrics {
  let instruments: Instruments | undefined;
  let waiting: ((instruments: Instruments) => void)[] = [];

  function ready(): Instruments {
    if (instruments !== undefined) return instruments;
    instruments = createInstruments();
    for (const apply of waiting) apply(instruments);
    waiting = [];
    return instruments;
  }

  function record(apply: (instruments: Instruments) => void): void {
    if (instruments !== undefined) {
      apply(instruments);
      return;
    }
    if (waiting.length === 0 && after === undefined) setImmediate(ready);
    else if (waiting.length === 0) void after?.then(ready);
    waiting.push(apply);
  }

  return {
    count: (name, labels, by = 1) => record(({ counters }) => counters.get(name)?.inc(labels, by)),
    set: (name, labels, value) => record(({ gauges }) => gauges.get(name)?.set(labels, value)),
    time: (name, labels, seconds) => record(({ histograms }) => histograms.get(name)?.observe(labels, seconds)),
    expose: async () => {
      const { registry } = ready();
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

interface Instruments {
  readonly registry: Registry;
  readonly counters: ReadonlyMap<string, Counter>;
  readonly gauges: ReadonlyMap<string, Gauge>;
  readonly histograms: ReadonlyMap<string, Histogram>;
}

function createInstruments(): Instruments {
  const registry = new Registry();
  const registers = [registry];
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  for (const [key, { type, help, labels }] of Object.entries(METRICS) as [string, MetricDescription][]) {
    const name = `fairlead_${key}`;
    const labelNames = [...labels];
    if (type === 'counter') counters.set(key, new Counter({ name, help, labelNames, registers }));
    else if (type === 'gauge') gauges.set(key, new Gauge({ name, help, labelNames, registers }));
    else histograms.set(key, new Histogram({ name, help, labelNames, registers, buckets: SECONDS }));
  }
  return { registry, counters, gauges, histograms };
}
