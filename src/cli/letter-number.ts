import { usage } from './usage.ts';

/** The number of a dead letter. @throws FairleadError `cli.usage` */
export function letterNumber(text: string): number {
  if (/^[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw usage(`“${text}” is no number of a dead letter; “fairlead dead-letters” lists them.`);
}
