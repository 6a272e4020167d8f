/**
 * Numbers by which persons and organisations are known. The checks find slips of the pen; whether a number was ever
 * given out, only its register can say.
 */

const RESIDENT_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const RESIDENT_CHECKS = "10X98765432";

/**
 * First two digits of a resident ID: the provinces of GB/T 2260, 81-83 (residence permits of people from Hong Kong, Macao
 * and Taiwan) and 90-99 (cards of foreigners). Further digits are not looked up: codes of abolished districts stay valid.
 */
const RESIDENT_REGION = /^(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9\d)/;

const FIRST_BIRTH_DATE = "1850-01-01";

/**
 * Whether a text is a well-formed resident ID number (公民身份号码, GB 11643): 18 characters, a day that existed and is not
 * after `today`, and the check character of ISO 7064 MOD 11-2. The check character X is a capital.
 * @param today the legal day; left out, birth dates in the future are not noticed
 */
export const isResidentId = (text: string, today = "9999-12-31"): boolean => {
  if (!/^\d{17}[\dX]$/.test(text) || !RESIDENT_REGION.test(text)) return false;
  const birth = `${text.slice(6, 10)}-${text.slice(10, 12)}-${text.slice(12, 14)}`;
  if (!isDay(birth) || birth < FIRST_BIRTH_DATE || birth > today) return false;
  const sum = RESIDENT_WEIGHTS.reduce((total, weight, i) => total + weight * Number(text[i]), 0);
  return RESIDENT_CHECKS[sum % 11] === text[17];
};

const isDay = (date: string): boolean => {
  const time = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
};

/** Without I, O, S, V and Z, which are mistaken for digits and letters like them. */
const USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const USCC_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

const usccCheck = (first17: string): string | undefined => {
  const sum = USCC_WEIGHTS.reduce((total, weight, i) => total + weight * USCC_ALPHABET.indexOf(first17[i] ?? ""), 0);
  return USCC_ALPHABET[(31 - (sum % 31)) % 31];
};

/** Whether a text is a well-formed unified social credit code (统一社会信用代码, GB 32100): 18 characters, MOD 31 check. */
export const isUscc = (text: string): boolean =>
  /^[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}$/.test(text) && usccCheck(text) === text[17];
