/**
 * How many bytes all the bodies that a process holds may have together: each is bounded by itself (`read-body.ts`), and
 * their sum here, so that large ones that come at once are asked to come again and do not end the process.
 */
export interface BodyBudget {
  /** For one body, from before its first byte is read until nobody needs it. */
  claim(): BodyClaim;
}

export interface BodyClaim {
  /** Whether so many bytes more would fit now. */
  fits(bytes: number): boolean;
  /** Takes room for bytes that are here, as what is only announced keeps nobody out; false where they do not fit. */
  take(bytes: number): boolean;
  /** Gives everything back; once or several times. */
  release(): void;
}

/** @param maxBytes not less than the largest body that is let in, which would never fit */
export function createBodyBudget(maxBytes: number): BodyBudget {
  let left = maxBytes;
  return {
    claim() {
      let taken = 0;
      return {
        fits: (bytes) => bytes <= left,
        take(bytes) {
          if (bytes > left) return false;
          left -= bytes;
          taken += bytes;
          return true;
        },
        release() {
          left += taken;
          taken = 0;
        },
      };
    },
  };
}
