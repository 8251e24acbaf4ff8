import type { z } from 'zod';
import type { Perform, Site } from '../site.ts';

/** One kind of task: its part of the DSL's schema and how it is compiled. Each file of this folder defines one. */
export interface TaskKind<Schema extends z.ZodType = z.ZodType> {
  readonly kind: string;
  /** What `extend` of an extension calls it. */
  readonly extendedAs: string;
  /** The properties that make a task this kind. */
  readonly keywords: readonly string[];
  /** Made of tasks: its outcome follows from theirs, and needs no commit of its own. */
  readonly isComposite: boolean;
  /**
   * Nothing but the outcomes of its tasks decides its own, where it has no expressions, so that it may be lost: from theirs it
   * is come to again.
   */
  readonly isDerived?: true;
  schema(parts: SchemaParts): Schema;
  compile(site: Site, source: z.output<Schema>): Perform;
}

export interface SchemaParts {
  readonly taskList: z.ZodType<readonly unknown[]>;
}

/** Declares a kind, inferring the type of its source from its schema. */
export function defineTask<Schema extends z.ZodType>(kind: TaskKind<Schema>): TaskKind {
  return kind as unknown as TaskKind;
}
