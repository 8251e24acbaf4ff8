/** Cases of jq's own suites that our engine answers differently, by file and program, each with the reason. */
export const KNOWN_DIFFERENCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
