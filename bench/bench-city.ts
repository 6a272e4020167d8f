import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { startCity } from "#local/city.ts";
import { synthesise } from "#local/synth.ts";
import { type FieldCipher, fieldCipher, KeyRing } from "#shared/runtime/key-ring.ts";

interface Part {
  /** As it stands in construct paths. */
  readonly capability: "Payments" | "Logistics";
  /** The secret with the outside world's settings, and what it is to hold before a function reads it. */
  readonly outside: string;
  readonly settings: object;
}

interface BenchCity {
  readonly url: string;
  /** The capability's table, to lay down rows past its API. */
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly cipher: FieldCipher;
}

/** A city of its own, from freshly synthesised templates, for as long as the work takes. */
export const inBenchCity = async (
  { capability, outside, settings }: Part,
  work: (city: BenchCity) => Promise<void>,
): Promise<void> => {
  const assembly = mkdtempSync(join(tmpdir(), `yimen-bench-${capability.toLowerCase()}-`));
  await synthesise("local", assembly);
  const city = await startCity({ assembly, port: 0, report: () => {} });
  const secrets = new SecretsManagerClient(city.cloud.operator);
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(city.cloud.operator), {
    marshallOptions: { removeUndefinedValues: true },
  });
  try {
    const physical = (type: string, path: string): string => {
      const found = city.cloud.resources(type).find((resource) => resource.path?.includes(path));
      if (!found) throw new Error(`no ${path}`);
      return found.physicalId;
    };
    const secret = (name: string): string => physical("AWS::SecretsManager::Secret", `${capability}/${name}`);
    // Nothing has come yet: functions read it when they start.
    await secrets.send(
      new PutSecretValueCommand({ SecretId: secret(outside), SecretString: JSON.stringify(settings) }),
    );
    const { SecretString = "{}" } = await secrets.send(new GetSecretValueCommand({ SecretId: secret("FieldKeys") }));
    await work({
      url: city.url,
      client,
      table: physical("AWS::DynamoDB::GlobalTable", `${capability}/Table`),
      cipher: fieldCipher(KeyRing.parse(JSON.parse(SecretString))),
    });
  } finally {
    client.destroy();
    secrets.destroy();
    await city.stop();
    rmSync(assembly, { recursive: true, force: true });
  }
};
