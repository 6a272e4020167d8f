import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import type { Passwords } from "../domain/account-ports.ts";
import type { PasswordRecord } from "../domain/person.ts";

const SALT_BYTES = 16;
const HASH_BYTES = 32;

type Parameters = Pick<PasswordRecord, "cost" | "blockSize" | "parallelization">;

const derive = (password: string, salt: Buffer, { cost, blockSize, parallelization }: Parameters): Promise<Buffer> => {
  const options: ScryptOptions = { N: cost, r: blockSize, p: parallelization, maxmem: 256 * cost * blockSize };
  // The same letters may be typed as different code points.
  const normal = password.normalize("NFKC");
  return new Promise((resolve, reject) =>
    scrypt(normal, salt, HASH_BYTES, options, (error, hash) => (error ? reject(error) : resolve(hash))),
  );
};

/**
 * scrypt (RFC 7914) with its parameters in the record, so that they can be raised: a record keeps those it was made with.
 * @param parameters OWASP's least for scrypt unless told: 2^15, r 8, p 3, about 32 MiB
 */
export const scryptPasswords = (
  parameters: Parameters = { cost: 2 ** 15, blockSize: 8, parallelization: 3 },
): Passwords => {
  const nobody = { salt: randomBytes(SALT_BYTES), hash: randomBytes(HASH_BYTES) };
  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      const hash = await derive(password, salt, parameters);
      return {
        algorithm: "scrypt",
        ...parameters,
        salt: salt.toString("base64url"),
        hash: hash.toString("base64url"),
      };
    },
    async verify(password, record) {
      const salt = record ? Buffer.from(record.salt, "base64url") : nobody.salt;
      const kept = record ? Buffer.from(record.hash, "base64url") : nobody.hash;
      const given = await derive(password, salt, record ?? parameters);
      return timingSafeEqual(given, kept) && record !== undefined;
    },
  };
};
