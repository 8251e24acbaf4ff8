/**
 * Changes no table. From here on a long `events.data` of a SQLite file may be bytes (`packed-data.ts`), which an older version
 * would take for text: by the number it refuses the file. On Postgres the column holds text as before.
 */
export async function allowPackedData(): Promise<void> {}
