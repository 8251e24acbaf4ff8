import type { Json } from '../expression/json.ts';
import { compileDataSchema, type DataCheck } from './data-schema.ts';
import { type CompiledExtension, extend } from './extension.ts';
import type { Frame, TaskFrame } from './frame.ts';
import type { Path, Report } from './problem.ts';
import type { TaskBase } from './schema/values.ts';
import type { WorkflowSource } from './schema/workflow.ts';
import { type Compilation, type CompiledList, type CompiledTask, type Place, type Site, toPointer } from './site.ts';
import { compileTask } from './task.ts';
import { kindOf } from './tasks/index.ts';
import { compileCondition, compileTransformation, type Template } from './template.ts';
import { compileTimeout } from './timeout.ts';
import { reportUnreachable } from './unreachable.ts';

/** A definition as closures. */
export interface CompiledWorkflow {
  readonly input: Stage;
  readonly list: CompiledList;
  readonly output: Stage;
  readonly timeout: ((input: Json, frame: Frame | TaskFrame) => number) | undefined;
  readonly secrets: readonly string[];
}

interface Stage {
  readonly check: DataCheck | undefined;
  readonly transform: Template;
}

export interface CompileOptions {
  readonly report: Report;
  readonly unsupported: (path: Path, what: string) => void;
  /** Every task as it is compiled, in the order of the document. */
  readonly visit?: (task: CompiledTask, source: { readonly [key: string]: unknown }) => void;
  readonly hostFunctions: ReadonlySet<string>;
  readonly operations: Compilation['operations'];
  /** See {@link Compilation.isChecked}. */
  readonly isChecked?: boolean;
}

/** Compiles a definition that its schema has accepted. Problems are reported, and what is compiled then must not run. */
export function compileWorkflow(source: WorkflowSource, options: CompileOptions): CompiledWorkflow {
  const use = source.use ?? {};
  const calling: string[] = [];
  const compilation: Compilation = {
    use,
    mode: source.evaluate?.mode ?? 'strict',
    report: options.report,
    unsupported: options.unsupported,
    hostFunctions: options.hostFunctions,
    operations: options.operations,
    isChecked: options.isChecked ?? false,
    list: (owner, list, place) => compileList(owner, list, place),
    function(owner, functionSource, path) {
      const name = String(path.at(-1));
      if (calling.includes(name)) {
        options.report(owner.path, `The function “${name}” calls itself.`, {
          hint: 'Functions are tasks; use a loop instead.',
        });
        return undefined;
      }
      calling.push(name);
      try {
        return compileOne({ ...owner, variables: [], siblings: [] }, path, functionSource as TaskSource, '', true);
      } finally {
        calling.pop();
      }
    },
  };
  if (source.evaluate?.language !== undefined && source.evaluate.language !== 'jq')
    options.unsupported(['evaluate', 'language'], `the expression language ${source.evaluate.language}`);

  const root: Site = {
    compilation,
    name: source.document.name,
    path: [],
    pointer: '',
    source: source as unknown as Json,
    variables: [],
    siblings: [],
    isExtension: false,
  };

  function compileList(owner: Site, list: readonly unknown[], place: Place): CompiledList {
    const path = [...owner.path, ...place.path];
    const variables = [...owner.variables, ...(place.variables ?? [])];
    const items = list.map((item) => Object.entries(item as object)[0] as [string, TaskSource]);
    const siblings = items.map(([name]) => name);
    siblings.forEach((name, index) => {
      if (siblings.indexOf(name) !== index)
        options.report([...path, index, name], `There is another task “${name}” in this list.`, {
          hint: 'Names must be unique within a list, for “then” to find them.',
        });
    });
    if (place.isSequence !== false) reportUnreachable(items, path, options.report);
    const tasks = items.map(([name, task], index) =>
      compileOne({ ...owner, variables, siblings }, [...path, index, name], task, toPointer([index, name]), false),
    );
    return { tasks, path };
  }

  function compileOne(around: Site, path: Path, task: TaskSource, suffix: string, isFunction: boolean): CompiledTask {
    const kind = kindOf(task);
    if (kind === undefined) throw new Error('A task of no kind has passed the schema.');
    const site: Site = {
      ...around,
      name: String(path.at(-1)),
      path,
      pointer: toPointer(path),
      source: task as unknown as Json,
    };
    const work = kind.compile(site, task);
    const extensions = site.isExtension ? [] : extensionsFor(site, kind.extendedAs);
    const compiled = compileTask(site, kind, suffix, task, extend(work, extensions));
    if (!isFunction) options.visit?.(compiled, task);
    return compiled;
  }

  function extensionsFor(site: Site, extendedAs: string): CompiledExtension[] {
    return (use.extensions ?? []).flatMap((item, index) => {
      const [name, extension] = Object.entries(item)[0] as [string, (typeof item)[string]];
      if (extension.extend !== 'all' && extension.extend !== extendedAs) return [];
      const path = ['use', 'extensions', index, name];
      const owner: Site = { ...site, path, isExtension: true, siblings: [] };
      return [
        {
          name,
          when: extension.when === undefined ? undefined : compileCondition(owner, extension.when, ['when']),
          before: extension.before && compileList(owner, extension.before, { path: ['before'] }),
          after: extension.after && compileList(owner, extension.after, { path: ['after'] }),
        },
      ];
    });
  }

  const stage = (field: 'input' | 'output', transformation: string | object | undefined): Stage => ({
    check: source[field]?.schema && compileDataSchema(root, source[field].schema, [field, 'schema']),
    transform:
      transformation === undefined
        ? (value) => value
        : compileTransformation(root, transformation, [field, field === 'input' ? 'from' : 'as']),
  });

  return {
    input: stage('input', source.input?.from),
    list: compileList(root, source.do, { path: ['do'] }),
    output: stage('output', source.output?.as),
    timeout: source.timeout === undefined ? undefined : compileTimeout(root, source.timeout, ['timeout']),
    secrets: use.secrets ?? [],
  };
}

type TaskSource = TaskBase & { readonly [key: string]: unknown };
