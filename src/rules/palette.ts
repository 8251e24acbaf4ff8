/** The labels that a repository is to have, as written in the file: what `fairlead labels sync` brings GitHub in line with. */
import { z } from 'zod';

const MOST_LABELS = 300;

const name = z.string().trim().min(1).max(50);

const paletteLabel = z
  .strictObject({
    name,
    color: z
      .string()
      .regex(/^#?[0-9A-Fa-f]{6}$/, 'must be six hexadecimal digits, such as "0075ca"')
      .describe('Six hexadecimal digits. Without it, the colour is left as it is.')
      .optional(),
    description: z.string().max(100).describe('Without it, the description is left as it is.').optional(),
    was: z.array(name).min(1).max(20).describe('Names it had before: a label of such a name is renamed.').optional(),
  })
  .describe('A label that the repository is to have.');

/** Six hexadecimal digits, as GitHub writes them. */
export function toColor(color: string): string {
  return color.replace('#', '').toLowerCase();
}

export type PaletteLabel = z.output<typeof paletteLabel>;

export const palette = z
  .array(paletteLabel)
  .max(MOST_LABELS)
  .superRefine((labels, context) => {
    const owners = new Map<string, number>();
    const claim = (given: string, path: PropertyKey[], index: number) => {
      const owner = owners.get(given.toLowerCase());
      if (owner === undefined) owners.set(given.toLowerCase(), index);
      else context.addIssue({ code: 'custom', path, message: `"${given}" is named by entry ${owner + 1} already` });
    };
    labels.forEach((label, index) => {
      claim(label.name, [index, 'name'], index);
    });
    labels.forEach(({ was = [] }, index) => {
      was.forEach((old, place) => {
        claim(old, [index, 'was', place], index);
      });
    });
  })
  .describe('The labels that `fairlead labels sync` makes, renames and paints.');
