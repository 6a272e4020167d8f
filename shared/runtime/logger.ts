import { Logger } from "@aws-lambda-powertools/logger";
import { correlationId } from "./correlation.ts";

const powertools = new Logger();

type Fields = Readonly<Record<string, string | number | boolean | undefined>>;
const fields = (extra: Fields) => ({ correlationId: correlationId(), ...extra });

/** JSON lines: a stable message code and references. Never personal data, bodies or secrets. */
export const logger = {
  info: (code: string, extra: Fields = {}): void => powertools.info(code, fields(extra)),
  warn: (code: string, extra: Fields = {}): void => powertools.warn(code, fields(extra)),
  error: (code: string, error: unknown, extra: Fields = {}): void =>
    powertools.error(code, { ...fields(extra), error: error instanceof Error ? error : new Error(String(error)) }),
};
