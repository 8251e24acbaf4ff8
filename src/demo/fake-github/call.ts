import type { Answer } from './answer.ts';
import type { Installation } from './world.ts';

/** One request as the routes see it: parsed, and by whom. */
export interface Call {
  readonly method: string;
  /** Full address, for links to further pages. */
  readonly url: string;
  /** Without `/api/v3` (`/api` of GraphQL) and query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly accept: string;
  /** Parsed JSON; undefined when there was none. */
  readonly body: unknown;
  readonly caller: Caller;
}

export type Caller =
  | { readonly kind: 'app' }
  | { readonly kind: 'installation'; readonly installation: Installation }
  | { readonly kind: 'nobody'; readonly refusal: Answer };
