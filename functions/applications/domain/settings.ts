/** What a city decides within the law, in working days. The defaults are assumed: no city's own figures are known. */
export interface CitySettings {
  /** How long an applicant has to supply what was found missing (补正). */
  readonly correctionDays: number;
  /** How long a deferred material (容缺) may follow when its item does not say. */
  readonly deferDays: number;
  /** By when what was promised (告知承诺) is looked into after the decision. */
  readonly verifyDays: number;
  /** How long a fee that holds the acceptance may stay unpaid before the application lapses. */
  readonly payDays: number;
  /** With how many working days left a deadline is near (黄牌). */
  readonly nearDays: number;
}

export const defaultSettings: CitySettings = {
  correctionDays: 10,
  deferDays: 10,
  verifyDays: 40,
  payDays: 10,
  nearDays: 1,
};

/** Administrative Licensing Law art. 32: accepted, declined or returned within 5 working days. */
export const ACCEPTANCE_DAYS = 5;
/**
 * How long after the last day to pay an application lapses, in working days: a payment of the last minute is not known at midnight, and the
 * treasury's, or one whose callback was lost, only when its provider has been asked. Ours: the law sets no period for this.
 */
export const PAYMENT_ARRIVES_DAYS = 1;
/** Administrative Licensing Law art. 44: issued and delivered within 10 working days of the decision. */
export const DELIVERY_DAYS = 10;
/** Administrative Licensing Law art. 42: one extension of 10 working days. */
export const EXTENSION_DAYS = 10;
