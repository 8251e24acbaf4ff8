/** `halt` and `halt_error`: the end of a run, past every `try`. */
import { JqError } from './jq-error.ts';
import type { Json } from './json.ts';

export class Halt {
  readonly error: Json | undefined;
  constructor(error?: Json) {
    this.error = error;
  }

  /** The run ends without more outputs, or with the error that the program halted with. */
  finish<T>(): T | undefined {
    if (this.error !== undefined) throw new JqError(this.error);
    return undefined;
  }
}
