import { createSign, createVerify } from "node:crypto";

const contentOf = (fields: Readonly<Record<string, string>>, leftOut: readonly string[]): string =>
  Object.keys(fields)
    .filter((name) => !leftOut.includes(name) && fields[name] !== "")
    .sort()
    .map((name) => `${name}=${fields[name]}`)
    .join("&");

/** RSA2 of a notification's fields (without sign and sign_type), or of an answer's node. */
export const sign = (what: Readonly<Record<string, string>> | string, privatePem: string): string =>
  createSign("RSA-SHA256")
    .update(typeof what === "string" ? what : contentOf(what, ["sign", "sign_type"]), "utf8")
    .sign(privatePem, "base64");

/** A request is signed with its sign_type. */
export const isSignedByMerchant = (fields: Readonly<Record<string, string>>, publicPem: string): boolean =>
  createVerify("RSA-SHA256")
    .update(contentOf(fields, ["sign"]), "utf8")
    .verify(publicPem, fields.sign ?? "", "base64");
