/**
 * ISO 8601 durations as Knative's `spec.delivery` writes them. Months and years are refused: how long they are depends on
 * when they begin.
 */
import { FairleadError } from '../events/fairlead-error.ts';

const DURATION =
  /^P(?=\d|T\d)(?:(?<weeks>\d+)W)?(?:(?<days>\d+)D)?(?:T(?=\d)(?:(?<hours>\d+)H)?(?:(?<minutes>\d+)M)?(?:(?<seconds>\d+(?:[.,]\d+)?)S)?)?$/;

/** Milliseconds. @throws FairleadError `config.invalid` naming `where` */
export function parseDuration(text: string, where: string): number {
  const groups = DURATION.exec(text)?.groups;
  if (groups === undefined) {
    throw new FairleadError(
      'config.invalid',
      `${where} is "${text}", which is not an ISO 8601 duration of weeks, days, hours, minutes and seconds such as PT0.2S or P1DT12H.`,
    );
  }
  const { weeks = '0', days = '0', hours = '0', minutes = '0', seconds = '0' } = groups;
  const wholeDays = Number(weeks) * 7 + Number(days);
  const wholeMinutes = (wholeDays * 24 + Number(hours)) * 60 + Number(minutes);
  return Math.round((wholeMinutes * 60 + Number(seconds.replace(',', '.'))) * 1000);
}
