import type { Applicant } from "./application.ts";

const stars = (count: number): string => "*".repeat(Math.max(count, 1));

/** A mobile number keeps 3 + 4 digits; a shorter one, of which that would be nearly all, its last two. */
const maskedPhone = (phone: string): string =>
  phone.length >= 11
    ? phone.slice(0, 3) + stars(phone.length - 7) + phone.slice(-4)
    : stars(phone.length - 2) + phone.slice(-2);

/** What is shown of an applicant by default: one character of the name, first and last of the number, some of the phone. */
export const masked = ({ kind, name, idNumber, phone }: Applicant): Applicant => ({
  kind,
  name: [...name][0] + stars([...name].length - 1),
  idNumber: idNumber.slice(0, 1) + stars(idNumber.length - 2) + idNumber.slice(-1),
  ...(phone && { phone: maskedPhone(phone) }),
});
