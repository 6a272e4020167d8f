import { createHash, randomInt, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TemplateValue } from "./assembly.ts";
import { writeWhole } from "./checkpoints.ts";
import type { Resource } from "./deployment.ts";
import type { JsonCall } from "./needs.ts";
import { type Answer, jsonAnswer, jsonError } from "./wire.ts";

interface Version {
  id: string;
  value: string;
  createdAt: number;
}

interface Secret {
  name: string;
  arn: string;
  current: Version;
  previous?: Version;
}

/** Secrets Manager, as far as functions use it. */
export interface Secrets {
  handle(call: JsonCall): Answer;
  /** Full ARN of the secret that a name, an ARN or an ARN without its suffix means. */
  arnOf(id: string): string | undefined;
  value(arn: string): string;
}

const characters = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  digits: "0123456789",
  punctuation: "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
};

/** A random password by the rules of GenerateSecretString; 32 characters if no length is given. */
export const generatePassword = (rules: TemplateValue): string => {
  const allowed = (text: string) =>
    [...text].filter((c) => !String(rules.ExcludeCharacters ?? "").includes(c)).join("");
  const kinds = [
    rules.ExcludeLowercase ? "" : characters.lower,
    rules.ExcludeUppercase ? "" : characters.upper,
    rules.ExcludeNumbers ? "" : characters.digits,
    rules.ExcludePunctuation ? "" : characters.punctuation,
    rules.IncludeSpace ? " " : "",
  ]
    .map(allowed)
    .filter((kind) => kind !== "");
  const pick = (from: string) => from.charAt(randomInt(from.length));
  const all = kinds.join("");
  const length = Number(rules.PasswordLength ?? 32);
  for (;;) {
    const password = Array.from({ length }, () => pick(all)).join("");
    const complete = kinds.every((kind) => [...kind].some((c) => password.includes(c)));
    if (complete || rules.RequireEachIncludedType === false || length < kinds.length) return password;
  }
};

const firstValue = (properties: Record<string, TemplateValue>): string => {
  const rules = properties.GenerateSecretString;
  if (!rules) return String(properties.SecretString ?? "");
  const password = generatePassword(rules);
  if (!rules.GenerateStringKey) return password;
  return JSON.stringify({ ...JSON.parse(rules.SecretStringTemplate ?? "{}"), [rules.GenerateStringKey]: password });
};

/**
 * Starts Secrets Manager with the secrets of the templates; values are generated at the first start.
 * @param directory where values are kept (readable by their owner only); undefined keeps them in memory
 */
export const startSecrets = (
  resources: readonly Resource[],
  arnFor: (secret: Resource) => string,
  directory: string | undefined,
): Secrets => {
  const secrets = new Map<string, Secret>();
  const file = (name: string) =>
    directory && join(directory, `${createHash("sha256").update(name).digest("hex").slice(0, 32)}.json`);
  if (directory) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const version = (value: string, id: string = randomUUID()): Version => ({ id, value, createdAt: Date.now() / 1000 });
  const keep = (secret: Secret) => {
    secrets.set(secret.arn, secret);
    const path = file(secret.name);
    if (path) writeWhole(path, JSON.stringify(secret));
  };
  const kept = (name: string): Secret | undefined => {
    const path = file(name);
    try {
      return path ? JSON.parse(readFileSync(path, "utf8")) : undefined;
    } catch {
      return undefined;
    }
  };
  for (const resource of resources) {
    const name = resource.physicalId;
    const before = kept(name);
    if (before) secrets.set(before.arn, before);
    else keep({ name, arn: arnFor(resource), current: version(firstValue(resource.properties)) });
  }
  const find = (id: string): Secret | undefined =>
    secrets.get(id) ??
    [...secrets.values()].find((secret) => secret.name === id || secret.arn.replace(/-[^-]{6}$/, "") === id);

  const get = (secret: Secret, input: TemplateValue): Answer => {
    const wantsPrevious =
      input.VersionStage === "AWSPREVIOUS" || (input.VersionId && input.VersionId === secret.previous?.id);
    const found = wantsPrevious ? secret.previous : secret.current;
    const known = !input.VersionStage || ["AWSCURRENT", "AWSPREVIOUS"].includes(input.VersionStage);
    if (!found || !known || (input.VersionId && input.VersionId !== found.id))
      return jsonError(
        "ResourceNotFoundException",
        `Secrets Manager can't find the specified secret value of ${secret.name}.`,
      );
    return jsonAnswer({
      ARN: secret.arn,
      Name: secret.name,
      VersionId: found.id,
      SecretString: found.value,
      VersionStages: [wantsPrevious ? "AWSPREVIOUS" : "AWSCURRENT"],
      CreatedDate: found.createdAt,
    });
  };

  return {
    arnOf: (id) => find(id)?.arn,
    value: (arn) => {
      const secret = find(arn);
      if (!secret) throw new Error(`There is no secret ${arn}.`);
      return secret.current.value;
    },
    handle: ({ operation, input }) => {
      const secret = find(String(input.SecretId ?? ""));
      if (!secret) return jsonError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
      switch (operation) {
        case "GetSecretValue":
          return get(secret, input);
        case "PutSecretValue": {
          const current = version(String(input.SecretString ?? ""), input.ClientRequestToken);
          if (current.id !== secret.current.id) keep({ ...secret, current, previous: secret.current });
          return jsonAnswer({
            ARN: secret.arn,
            Name: secret.name,
            VersionId: current.id,
            VersionStages: ["AWSCURRENT"],
          });
        }
        case "DescribeSecret":
          return jsonAnswer({
            ARN: secret.arn,
            Name: secret.name,
            VersionIdsToStages: {
              [secret.current.id]: ["AWSCURRENT"],
              ...(secret.previous && { [secret.previous.id]: ["AWSPREVIOUS"] }),
            },
          });
        default:
          return jsonError("UnknownOperationException", `This cloud does not know secretsmanager:${operation}.`);
      }
    },
  };
};
