import type { Trigger } from '../broker/broker.ts';
import { compileFilters } from '../broker/trigger.ts';
import { CATALOGUE, EVALUATION_REQUESTED, OVERDUE } from '../events/catalogue.ts';
import type { Event } from '../events/event.ts';
import { type EventingPlan, type Subscription, typesOf } from '../operator/desired.ts';
import { type EventingProblem, lintEventing } from '../operator/lint.ts';
import { toTriggers } from '../runner/starters.ts';
import { compileWantedTypes } from '../workflow/wanted-types.ts';
import { type DefinitionTable, toStarter } from './definitions.ts';
import { DEAD_LETTERS, TICK } from './roles/paths.ts';

/** Who subscribes to what on a cluster, by the definitions and the notifier's triggers. */
export function planEventing(
  definitions: DefinitionTable,
  channels: readonly Trigger[],
  { namespace }: { readonly namespace: string },
): EventingPlan {
  const at =
    (service: string) =>
    (trigger: Trigger): Subscription => ({ trigger, service });
  return {
    namespace,
    broker: 'fairlead',
    subscriptions: [...toTriggers(definitions.all.map(toStarter)).map(at('runner')), ...channels.map(at('notifier'))],
    deadLetters: at('notifier')(DEAD_LETTERS),
    tick: at('runner')(TICK),
    publishers: ['source', 'runner'],
    eventTypes: Object.entries(CATALOGUE).map(([type, { summary }]) => ({ type, summary })),
  };
}

/** Types that sources of Knative, or ours in either convention, give to what happens on GitHub. */
const FROM_GITHUB = /^(?:dev\.knative\.source\.github|com\.github)\./;

/** Commands publish the one by `POST /events`, too; the other comes only from whoever has reminders. */
const UNASKED: ReadonlySet<string> = new Set([EVALUATION_REQUESTED, OVERDUE]);

export function lintPlan(definitions: DefinitionTable, { subscriptions }: EventingPlan): readonly EventingProblem[] {
  const notified = subscriptions.filter(({ service }) => service === 'notifier');
  return lintEventing(
    [
      ...definitions.all.map((definition) => {
        const { starts, listens = [] } = toStarter(definition);
        // Who asks for another evaluation has seen something new: that is no circle.
        const emits = definition.emits.map(({ type }) => type).filter((type) => type !== EVALUATION_REQUESTED);
        const { takes, isOpen } = compileWantedTypes(definition.source);
        return { name: definition.ref.name, consumes: typesOf([...starts, ...listens]), takes, isOpen, emits };
      }),
      ...notified.map(({ trigger: { name, filters } }) => {
        // A channel goes by the type alone.
        const isWanted = compileFilters(filters, `trigger "${name}".filters`);
        const takes = (type: string) => isWanted({ type } as Event);
        return { name, consumes: typesOf(filters), takes, isOpen: false, emits: [] };
      }),
    ],
    (type) => FROM_GITHUB.test(type) || UNASKED.has(type),
  );
}
