/** Any number of characters, and exactly one. */
const MANY = Symbol('%');
const ONE = Symbol('_');

/**
 * A pattern of LIKE as a test: `%` stands for any number of characters, `_` for one, and a backslash before either for
 * itself. Takes time in proportion to the lengths of text and pattern at most, never more.
 */
export function compileLike(pattern: string): (text: string) => boolean {
  const parts = toParts(pattern);
  return (text) => matches(parts, Array.from(text));
}

function toParts(pattern: string): readonly (string | symbol)[] {
  const parts: (string | symbol)[] = [];
  const characters = Array.from(pattern);
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] as string;
    const following = characters[at + 1];
    if (character === '\\' && (following === '%' || following === '_')) {
      parts.push(following);
      at += 1;
    } else if (character === '%') {
      if (parts.at(-1) !== MANY) parts.push(MANY);
    } else parts.push(character === '_' ? ONE : character);
  }
  return parts;
}

/** Greedy from left to right: only the last `%` passed need ever be widened. */
function matches(parts: readonly (string | symbol)[], text: readonly string[]): boolean {
  let part = 0;
  let at = 0;
  let partAfterMany = -1;
  let retryAt = 0;
  while (at < text.length) {
    const wanted = parts[part];
    if (wanted === MANY) {
      part += 1;
      partAfterMany = part;
      retryAt = at;
    } else if (wanted !== undefined && (wanted === ONE || wanted === text[at])) {
      part += 1;
      at += 1;
    } else if (partAfterMany === -1) return false;
    else {
      retryAt += 1;
      at = retryAt;
      part = partAfterMany;
    }
  }
  if (parts[part] === MANY) part += 1;
  return part === parts.length;
}
