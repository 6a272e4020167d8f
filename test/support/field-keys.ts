import { randomBytes } from "node:crypto";
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { City } from "#local/city.ts";
import { KeyRing } from "#shared/runtime/key-ring.ts";
import type { RotationSlice } from "#shared/runtime/sealed-rows.ts";
import { rotateAll } from "./rotation.ts";

/** The ring that seals a capability's rows, and what an operator does with it to rotate its keys. */
export const fieldKeysOf = async ({ cloud }: Pick<City, "cloud">, capability: string) => {
  const secrets = new SecretsManagerClient(cloud.operator);
  const isIts = ({ path }: { readonly path?: string | undefined }) => path?.includes(`${capability}/FieldKeys`);
  const SecretId = cloud.resources("AWS::SecretsManager::Secret").find(isIts)?.physicalId ?? "";
  const { SecretString = "" } = await secrets.send(new GetSecretValueCommand({ SecretId }));
  const ring = KeyRing.parse(JSON.parse(SecretString));
  const next = { id: "k-e2e", key: randomBytes(32).toString("hex") };
  const put = async (value: unknown): Promise<void> => {
    await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(value) }));
  };
  return {
    ring,
    /** A new key, behind which the old one still opens; and the old one away in the end. */
    putNewKey: () => put({ ...next, previous: [{ id: ring.id, key: ring.key }] }),
    takeOldKeyAway: () => put({ ...next, previous: [] }),
    /** Runs the rotation to its end. */
    rotate: () => rotateAll((order) => cloud.invoke(`${capability}/RotateKeys`, order) as Promise<RotationSlice>, 100),
    stop: () => secrets.destroy(),
  };
};
