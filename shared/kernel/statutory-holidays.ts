import { type LegalDate, plusDays } from "./clock.ts";

const SOLAR = new Set(["01-01", "05-01", "05-02", "10-01", "10-02", "10-03"]);

/**
 * Spring Festival, Dragon Boat and Mid-Autumn of the years to come, as solar dates. `Intl`'s Chinese calendar cannot be asked:
 * it is a day late in 2027, when the new moon falls minutes before midnight in Beijing. A test compares with chinese-days.
 */
const LUNAR: Readonly<Record<string, readonly [spring: string, dragonBoat: string, midAutumn: string]>> = {
  "2027": ["02-06", "06-09", "09-15"],
  "2028": ["01-26", "05-28", "10-03"],
  "2029": ["02-13", "06-16", "09-22"],
  "2030": ["02-03", "06-05", "09-12"],
  "2031": ["01-23", "06-24", "10-01"],
  "2032": ["02-11", "06-12", "09-19"],
  "2033": ["01-31", "06-01", "09-08"],
  "2034": ["02-19", "06-20", "09-27"],
  "2035": ["02-08", "06-10", "09-16"],
  "2036": ["01-28", "05-30", "10-04"],
};

/** Qingming by the usual approximation of the solar term, exact from 2000 to 2099. */
const qingming = (year: string): LegalDate => {
  const y = Number(year) % 100;
  return `${year}-04-0${Math.floor(y * 0.2422 + 4.81) - Math.floor(y / 4)}`;
};

const lunarHolidays = (year: string): LegalDate[] => {
  const [spring, ...others] = LUNAR[year] ?? [];
  if (!spring) return [];
  // The eve and the first three days of the first month.
  return [...[-1, 0, 1, 2].map((days) => plusDays(`${year}-${spring}`, days)), ...others.map((d) => `${year}-${d}`)];
};

/**
 * The holidays that the law itself names, whatever the yearly notice makes of the days around them (Regulation on
 * Public Holidays for National Annual Festivals and Memorial Days, as amended 2024, art. 2). The lunar ones are known up to 2036.
 */
export const isStatutoryHoliday = (date: LegalDate): boolean => {
  const year = date.slice(0, 4);
  return SOLAR.has(date.slice(5)) || date === qingming(year) || lunarHolidays(year).includes(date);
};
