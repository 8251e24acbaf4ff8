/**
 * A definition that has passed every check, as data. Who ships definitions checks them when the package is built; a start
 * that finds the same text then neither reads its YAML nor checks it again, and compiles of it what its runs come to.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../expression/json.ts';
import { type CompiledWorkflow, compileWorkflow } from './compile.ts';
import { type ConsumedEvents, compileConsumed } from './consumed-events.ts';
import { readEvent } from './consumption.ts';
import type { Definition } from './definition.ts';
import type { WorkflowSource } from './schema/workflow.ts';

type Told = 'ref' | 'lane' | 'schedule' | 'listens' | 'emits' | 'unsupported' | 'warnings';

export interface CheckedDefinition extends Pick<Definition, Told> {
  /** The literal attributes of the filters of `schedule.on`. */
  readonly consumes:
    | { readonly mode: ConsumedEvents['mode']; readonly attributes: readonly Readonly<Record<string, Json>>[] }
    | undefined;
  /** As JSON, parsed when it is first needed. */
  readonly document: string;
}

export function toChecked(definition: Definition): CheckedDefinition {
  const { ref, lane, schedule, listens, emits, unsupported, warnings, consumes, document, source } = definition;
  // The schema refuses, and changes nothing. Did it, two would have to be kept: what is compiled, and what runs can read.
  if (!isDeepStrictEqual(document, source)) throw new Error(`${definition.file} is changed by its schema.`);
  return {
    ref,
    lane,
    schedule,
    listens,
    emits,
    unsupported,
    warnings,
    consumes: consumes && { mode: consumes.mode, attributes: consumes.filters.map(({ attributes }) => attributes) },
    document: JSON.stringify(document),
  };
}

/** The definition as `loadDefinition` makes it of `text`. Its problems are none: this is only for what has been checked. */
export function fromChecked(
  checked: CheckedDefinition,
  { text, file }: { readonly text: string; readonly file: string },
): Definition {
  const { document: json, consumes, ...told } = checked;
  const source = once(() => JSON.parse(json) as WorkflowSource);
  const workflow = once(() => compileWorkflow(source(), COMPILE));
  const consumed = once(() => compileConsumed(source(), COMPILE) as ConsumedEvents);
  const filter = (nth: number) => consumed().filters[nth] as ConsumedEvents['filters'][number];
  return {
    ...told,
    text,
    file,
    get document() {
      return source() as unknown as Json;
    },
    get source() {
      return source();
    },
    get workflow(): CompiledWorkflow {
      return workflow();
    },
    consumes: consumes && {
      mode: consumes.mode,
      filters: consumes.attributes.map((attributes, nth) => ({
        attributes,
        matches: (event) => filter(nth).matches(event),
        correlationOf: (event) => filter(nth).correlationOf(event),
      })),
    },
    toRunInput: (events) => events.map((event) => readEvent(event, source().schedule?.read ?? 'envelope')),
  };
}

const COMPILE = {
  report() {},
  unsupported() {},
  hostFunctions: new Set<string>(),
  operations: () => undefined,
  isChecked: true,
};

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
