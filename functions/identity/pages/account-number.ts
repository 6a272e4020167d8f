import type { Html } from "#shared/runtime/html.ts";
import { field } from "./fields.ts";
import type { Problem } from "./layout.ts";
import type { PageVisit } from "./router.ts";

/** Where the number of somebody else's account (账户编号) is typed. */
export const accountNumberField = (
  { name, label, whose, value }: { name: string; label: string; whose: string; value: string },
  problems: readonly Problem[],
): Html =>
  field(
    { name, label, hint: `26 位，${whose}可以在“账户信息”页看到`, autocomplete: "off", value, maxlength: 40 },
    problems,
  );

/** As it was typed, without what people put between its groups. */
export const accountNumberIn = ({ typed }: PageVisit, name: string): string =>
  typed(name).replace(/[\s-]/g, "").toUpperCase();

export const isAccountNumber = (text: string): boolean => /^[0-9A-HJKMNP-TV-Z]{26}$/.test(text);
