/**
 * Text of strangers (titles, branch names, label names, reasons that quote file names) made fit to be shown anywhere: one
 * line, no character that hides, reorders or controls, a bounded length, never empty. What remains may still mean something
 * to one platform's markup; that is each platform's own to escape.
 */
export function inert(value: string, limit: number): string {
  const visible = value
    .slice(0, limit * WORK_PER_CHARACTER)
    .toWellFormed()
    .replace(INVISIBLE, '')
    .replace(CONTROL_OR_SPACE, ' ')
    .replace(STACKED_MARKS, '$1')
    .trim();
  return visible === '' ? '(blank)' : truncate(visible, limit);
}

/** At most `limit` UTF-16 units, an ellipsis included; never cuts a code point in two. */
export function truncate(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = isHighSurrogate(text.charCodeAt(limit - 2)) ? limit - 2 : limit - 1;
  return `${text.slice(0, end).trimEnd()}…`;
}

/** How much longer than its limit a value may be and still be looked at in full. */
const WORK_PER_CHARACTER = 8;

/**
 * Bidirectional controls, zero-width characters, fillers, tags: what Unicode says has no appearance of its own
 * (https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point), and interlinear annotation. The joiner and the
 * variation selector inside an emoji do have one.
 */
const INVISIBLE =
  /(?!(?<=\p{Emoji})\uFE0F|(?<=\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]?)\u200D(?=\p{Extended_Pictographic}))[\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]/gu;

const CONTROL_OR_SPACE = /[\p{Cc}\s]+/gu;

/** More marks on one letter than any script puts there: they run over the lines above and below. */
const STACKED_MARKS = /(\p{M}{4})\p{M}+/gu;

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
