import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "yimen-synth-"));
let synth: ReturnType<typeof spawnSync>;

/** As an operator does it, with cdk-nag; a finding that nobody explained makes it fail. */
beforeAll(() => {
  synth = spawnSync(process.execPath, ["node_modules/aws-cdk/bin/cdk", "synth", "--quiet", "--output", folder], {
    encoding: "utf8",
  });
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const templates = (environment: string): [name: string, text: string][] =>
  readdirSync(folder)
    .filter((file) => file.startsWith(`yimen-${environment}-`) && file.endsWith(".template.json"))
    .filter((file) => environment === "prod-cn" || !file.startsWith("yimen-prod-cn-"))
    .map((file) => [file, readFileSync(join(folder, file), "utf8")]);

interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, never>;
}

const resources = (environment: string): Resource[] =>
  templates(environment).flatMap(([, text]) => Object.values((JSON.parse(text) as { Resources: never }).Resources));

describe("cdk synth", () => {
  it("ends without an error or an unexplained finding, for both partitions at once", () => {
    expect({ status: synth.status, errors: String(synth.stderr).match(/^ERROR.*$/gm) }).toEqual({
      status: 0,
      errors: null,
    });
    expect(templates("prod").length).toBeGreaterThan(2);
    expect(templates("prod-cn")).toHaveLength(templates("prod").length);
  });

  it("leaves room in every stack: CloudFormation takes 500 resources in one", () => {
    for (const [name, text] of templates("prod"))
      expect(Object.keys((JSON.parse(text) as { Resources: object }).Resources).length, name).toBeLessThan(400);
  });

  it("is what the deployment guide counts", () => {
    const guide = readFileSync("docs/deployment.md", "utf8");
    const count = (type: string) => resources("prod").filter(({ Type }) => Type === type).length;
    for (const [what, type] of [
      ["tables", "AWS::DynamoDB::GlobalTable"],
      ["secrets", "AWS::SecretsManager::Secret"],
      ["routes", "AWS::ApiGatewayV2::Route"],
      ["functions", "AWS::Lambda::Function"],
      ["queues", "AWS::SQS::Queue"],
      ["rules", "AWS::Events::Rule"],
      ["alarms", "AWS::CloudWatch::Alarm"],
    ] as const)
      expect(guide, what).toMatch(new RegExp(`\\| ${count(type)} ${what}\\b`));
  });

  it("names no partition but its own in China, and amazonaws.com only in service principals", () => {
    for (const [name, text] of templates("prod-cn")) {
      expect(text, name).not.toContain("arn:aws:");
      const hosts = text.match(/[a-z0-9.-]*amazonaws\.com[a-z.]*/g) ?? [];
      for (const host of hosts) expect(host).toMatch(/^(lambda|events|apigateway|sns|cloudwatch)\.amazonaws\.com$/);
    }
  });

  it("keeps every table safe: streams, recovery to any second, deletion refused, retained", () => {
    const tables = templates("prod")
      .filter(([name]) => name.startsWith("yimen-prod-data"))
      .flatMap(([, text]) =>
        Object.values(
          (JSON.parse(text) as { Resources: Record<string, Resource & { DeletionPolicy?: string }> }).Resources,
        ),
      )
      .filter(({ Type }) => Type === "AWS::DynamoDB::GlobalTable");
    expect(tables.length).toBeGreaterThan(5);
    for (const table of tables)
      expect(table).toMatchObject({
        DeletionPolicy: "Retain",
        Properties: {
          StreamSpecification: { StreamViewType: "NEW_IMAGE" },
          Replicas: [
            {
              DeletionProtectionEnabled: true,
              PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
            },
          ],
        },
      });
  });

  it("lets every alarm tell somebody, in a sentence that says what people notice", () => {
    const policy = resources("prod").find(({ Type }) => Type === "AWS::SNS::TopicPolicy")?.Properties;
    expect(policy).toMatchObject({
      PolicyDocument: {
        Statement: expect.arrayContaining([
          expect.objectContaining({
            Effect: "Allow",
            Action: "sns:Publish",
            Principal: { Service: "cloudwatch.amazonaws.com" },
          }),
        ]),
      },
    });
    const alarms = resources("prod").filter(({ Type }) => Type === "AWS::CloudWatch::Alarm");
    expect(alarms.length).toBeGreaterThan(10);
    for (const { Properties } of alarms) {
      expect(Properties).toMatchObject({ AlarmActions: [expect.anything()] });
      expect(String(Properties?.AlarmDescription)).toMatch(/^[A-Z].{40,}\.$/s);
    }
  });

  it("gives every queue dead letters that are watched, and a visibility of six time-outs of its function", () => {
    const all = resources("prod");
    const queues = all.filter(({ Type, Properties }) => Type === "AWS::SQS::Queue" && Properties?.VisibilityTimeout);
    expect(queues.length).toBeGreaterThan(3);
    for (const { Properties } of queues)
      expect(Properties).toMatchObject({
        RedrivePolicy: { maxReceiveCount: 5 },
        SqsManagedSseEnabled: true,
      });

    const pairs = templates("prod").flatMap(([, text]) => {
      const own = (JSON.parse(text) as { Resources: Record<string, { Type: string; Properties: never }> }).Resources;
      return Object.values(own)
        .filter(({ Type }) => Type === "AWS::Lambda::EventSourceMapping")
        .map(({ Properties }) => Properties as Record<string, { Ref?: string; "Fn::GetAtt"?: string[] }>)
        .map(({ EventSourceArn, FunctionName }) => ({
          queue: own[EventSourceArn?.["Fn::GetAtt"]?.[0] ?? ""],
          fn: own[FunctionName?.Ref ?? ""],
        }))
        .filter(({ queue }) => queue?.Type === "AWS::SQS::Queue") as {
        queue: { Properties: { VisibilityTimeout: number } };
        fn: { Properties: { Timeout: number } };
      }[];
    });
    expect(pairs).toHaveLength(queues.length);
    for (const { queue, fn } of pairs) expect(queue.Properties.VisibilityTimeout).toBe(6 * fn.Properties.Timeout);
  });

  it("runs every function on Node 24 and arm64, with its own log group and role, and a description", () => {
    const functions = resources("prod").filter(({ Type }) => Type === "AWS::Lambda::Function");
    expect(functions.length).toBeGreaterThan(12);
    const roles = new Set(functions.map(({ Properties }) => JSON.stringify(Properties?.Role)));
    expect(roles.size).toBe(functions.length);
    for (const { Properties } of functions)
      expect(Properties).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        Description: expect.stringMatching(/^functions\/.*\.ts$/),
        LoggingConfig: { LogFormat: "JSON", SystemLogLevel: "WARN", LogGroup: expect.anything() },
      });
  });

  it("gives no function a right on everything", () => {
    for (const { Type, Properties } of resources("prod")) {
      if (Type !== "AWS::IAM::Policy" || !Properties) continue;
      const { Statement } = Properties.PolicyDocument as unknown as {
        Statement: { Action: never; Resource: never }[];
      };
      for (const { Action, Resource } of Statement) {
        for (const action of [Action].flat()) expect(action).not.toContain("*");
        for (const resource of [Resource].flat()) expect(resource).not.toBe("*");
      }
    }
  });

  it("asks for a token exactly where the contract does", async () => {
    const { routes } = await import("#shared/contracts/http/index.ts");
    const deployed = new Map(
      resources("prod")
        .filter(({ Type }) => Type === "AWS::ApiGatewayV2::Route")
        .map(({ Properties }) => [String(Properties?.RouteKey), String(Properties?.AuthorizationType)]),
    );
    for (const { method, path, scopes } of Object.values(routes).flat())
      expect([`${method} ${path}`, deployed.get(`${method} ${path}`)]).toEqual([
        `${method} ${path}`,
        scopes.length > 0 ? "CUSTOM" : "NONE",
      ]);
  });
});
