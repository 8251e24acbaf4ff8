/** Names (logins, labels, milestones) as GitHub compares them, whatever their case; `*` stands for any characters. */
export type NameMatcher = (name: string) => string | undefined;

/** Finds the pattern that a name matches, in time linear in both. */
export function compileNames(patterns: readonly string[]): NameMatcher {
  const tests = patterns.map((pattern) => ({ pattern, parts: pattern.toLowerCase().split('*') }));
  return (name) => {
    const lower = name.toLowerCase();
    return tests.find(({ parts }) => matches(lower, parts))?.pattern;
  };
}

function matches(name: string, parts: readonly string[]): boolean {
  const first = parts[0] ?? '';
  if (parts.length === 1) return name === first;
  const last = parts.at(-1) ?? '';
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}
