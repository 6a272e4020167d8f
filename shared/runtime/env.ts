import * as z from "zod";

/** Reads the function's environment once, at cold start; a missing or malformed variable fails the deployment's first call. */
export const env = <S extends z.ZodRawShape>(shape: S): z.infer<z.ZodObject<S>> => z.object(shape).parse(process.env);

/** A variable that is JSON; `{}` when it is not there. Anything else than the schema takes stops the function at its start. */
export const jsonOf = <S extends z.ZodType>(schema: S) =>
  z
    .string()
    .default("{}")
    .transform((text) => JSON.parse(text))
    .pipe(schema);
