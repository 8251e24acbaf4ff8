/**
 * A UUID of version 7: sortable by the time of its making. Time and randomness are parameters, so that a simulation is the
 * same every time.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9562#section-5.7
 */
export function newRunId(now: number, random: () => number = Math.random): string {
  const time = Math.floor(now).toString(16).padStart(12, '0');
  const bits = (length: number): string =>
    Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  const variant = (8 + Math.floor(random() * 4)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${bits(3)}-${variant}${bits(3)}-${bits(12)}`;
}
