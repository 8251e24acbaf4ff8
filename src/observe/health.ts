/** Whether the process should get work: false while it starts or drains, and when a check of a dependency rejects. */
export interface Health {
  /** Declares that start-up is over. */
  ready(): void;
  /** Declares that the process is stopping; it never gets ready again. */
  draining(): void;
  /** Undefined when ready, else why not, in words for an operator. */
  unready(): Promise<string | undefined>;
}

export function createHealth(dependencies: { readonly check: () => Promise<void> }): Health {
  let phase: 'starting' | 'ready' | 'draining' = 'starting';
  return {
    ready: () => {
      if (phase === 'starting') phase = 'ready';
    },
    draining: () => {
      phase = 'draining';
    },
    unready: async () => {
      if (phase !== 'ready') return phase;
      try {
        await dependencies.check();
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  };
}
