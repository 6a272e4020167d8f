import * as z from "zod";

/** Reads the function's environment once, at cold start; a missing or malformed variable fails the deployment's first call. */
export const env = <S extends z.ZodRawShape>(shape: S): z.infer<z.ZodObject<S>> => z.object(shape).parse(process.env);
