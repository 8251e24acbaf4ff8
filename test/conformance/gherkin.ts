/** As much of Gherkin as the conformance kit and our own features use: features, scenarios, steps, doc strings, comments. */

export interface Step {
  /** The words after `Given`, `When`, `Then` or `And`. */
  readonly text: string;
  readonly argument: string | undefined;
  readonly line: number;
}

export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Links to sections of the specification: comments above the scenario that are URLs. */
  readonly links: readonly string[];
}

export interface Feature {
  readonly name: string;
  readonly scenarios: readonly Scenario[];
}

export function parseFeature(text: string): Feature {
  const lines = text.split(/\r?\n/);
  let name = '';
  const scenarios: { name: string; steps: Step[]; links: string[] }[] = [];
  let links: string[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = (lines[index] as string).trim();
    const keyword = /^(Feature|Scenario|Given|When|Then|And|But):?\s+(.*)$/.exec(line);
    if (line.startsWith('#')) {
      links.push(...(line.match(/https?:\/\/\S+/g) ?? []));
      continue;
    }
    if (keyword === null) continue;
    const [, word, rest] = keyword as unknown as [string, string, string];
    if (word === 'Feature') name = rest;
    else if (word === 'Scenario') {
      scenarios.push({ name: rest, steps: [], links });
      links = [];
    } else {
      const argument = readDocString(lines, index + 1);
      scenarios.at(-1)?.steps.push({ text: rest, argument: argument?.text, line: index + 1 });
      if (argument !== undefined) index = argument.end;
    }
  }
  return { name, scenarios };
}

function readDocString(lines: readonly string[], start: number): { text: string; end: number } | undefined {
  const fence = /^(\s*)"""/.exec(lines[start] ?? '');
  if (fence === null) return undefined;
  const end = lines.findIndex((line, index) => index > start && line.trim().startsWith('"""'));
  if (end < 0) throw new Error(`The doc string of line ${start + 1} does not end.`);
  const indent = (fence[1] as string).length;
  const body = lines.slice(start + 1, end).map((line) => line.slice(Math.min(indent, line.search(/\S|$/))));
  return { text: body.join('\n'), end };
}
