import { maskedIdNumber, maskedName, maskedPhone } from "#shared/kernel/masking.ts";
import type { Applicant } from "./application.ts";

/** What is shown of an applicant by default: one character of the name, first and last of the number, some of the phone. */
export const masked = ({ kind, name, idNumber, phone }: Applicant): Applicant => ({
  kind,
  name: maskedName(name),
  idNumber: maskedIdNumber(idNumber),
  ...(phone && { phone: maskedPhone(phone) }),
});
