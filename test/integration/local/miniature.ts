import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { buildSync } from "esbuild";
import type { Cloud, CloudOptions, Template, TemplateValue } from "#local/cloud/index.ts";

const att = (id: string, name = "Arn") => ({ "Fn::GetAtt": [id, name] });
const ref = (id: string) => ({ Ref: id });
const allow = (actions: string[], ...resources: unknown[]) => ({
  Effect: "Allow",
  Action: actions,
  Resource: resources,
});

/** Sources of the functions; `seen` writes what a function saw into the table Seen. */
const shared = `
import { DynamoDBClient, PutItemCommand, GetItemCommand } from "@aws-sdk/client-dynamodb";
const db = new DynamoDBClient({ maxAttempts: 1 });
const seen = (id, value) => db.send(new PutItemCommand({ TableName: process.env.SEEN, Item: { id: { S: id }, value: { S: JSON.stringify(value) } } }));
`;
const sources: Record<string, string> = {
  Http: `${shared}
export const handler = async (event, context) => {
  const { id, ...rest } = JSON.parse(event.body);
  await db.send(new PutItemCommand({ TableName: process.env.CASES, Item: { id: { S: id }, bytes: { B: new Uint8Array([0, 1, 255]) }, kind: { S: rest.kind ?? "plain" } } }));
  return { statusCode: 201, headers: { "Content-Type": "application/json" }, cookies: ["a=1; Path=/", "b=2"], body: JSON.stringify({ id, who: event.requestContext.authorizer.lambda.who, request: context.awsRequestId }) };
};`,
  Echo: `export const handler = async (event) => ({ event, zone: new Date(2026, 0, 1).toISOString(), env: process.env.AWS_EXECUTION_ENV });`,
  Misbehave: `
let calls = 0;
export const handler = async (event) => {
  calls++;
  console.log("call " + calls);
  if (event.how === "throw") throw new RangeError("on purpose");
  if (event.how === "hang") await new Promise(() => setInterval(() => {}, 1000));
  if (event.how === "exit") process.exit(3);
  return { calls };
};`,
  Authorizer: `
let calls = 0;
export const handler = async (event) => {
  calls++;
  if (event.identitySource[0] === "broken") throw new Error("broken");
  return { isAuthorized: event.identitySource[0] !== "stranger", context: { who: event.identitySource[0], calls } };
};`,
  Relay: `
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
const bus = new EventBridgeClient({ maxAttempts: 1 });
export const handler = async (event) => {
  const Entries = event.Records.filter((r) => r.dynamodb.NewImage.kind?.S !== "poison").map((r) => ({ EventBusName: process.env.BUS, Source: "mini", DetailType: "case." + r.eventName.toLowerCase(), Detail: JSON.stringify({ id: r.dynamodb.Keys.id.S, image: r.dynamodb.NewImage, arn: r.eventSourceARN, region: r.awsRegion }) }));
  if (Entries.length > 0) { const { FailedEntryCount } = await bus.send(new PutEventsCommand({ Entries })); if (FailedEntryCount) throw new Error("not all"); }
  return { batchItemFailures: event.Records.filter((r) => r.dynamodb.NewImage.kind?.S === "poison").map((r) => ({ itemIdentifier: r.dynamodb.SequenceNumber })) };
};`,
  Consumer: `${shared}
export const handler = async (event) => {
  const batchItemFailures = [];
  for (const record of event.Records) {
    const { detail, ...envelope } = JSON.parse(record.body);
    const kind = detail.image.kind.S;
    if (kind === "refused") { batchItemFailures.push({ itemIdentifier: record.messageId }); continue; }
    if (kind === "held" && record.attributes.ApproximateReceiveCount === "1") { await seen("held-" + detail.id, 1); await new Promise(() => setInterval(() => {}, 1000)); }
    await seen(detail.id, { detail, envelope, count: record.attributes.ApproximateReceiveCount, arn: record.eventSourceARN });
  }
  return { batchItemFailures };
};`,
  Later: `export const handler = async () => { throw new Error("never"); };`,
  Files: `
import { readFileSync } from "node:fs";
const call = (target, service, body) => fetch(process.env.AWS_ENDPOINT_URL, { method: "POST", headers: { "x-amz-target": target, "content-type": "application/x-amz-json-1.1", authorization: "AWS4-HMAC-SHA256 Credential=" + process.env.AWS_ACCESS_KEY_ID + "/20260101/x/" + service + "/aws4_request, SignedHeaders=host, Signature=0" }, body: JSON.stringify(body) }).then((r) => r.json());
const s3 = (method, path, body) => fetch(process.env.AWS_ENDPOINT_URL + path, { method, body, headers: { authorization: "AWS4-HMAC-SHA256 Credential=" + process.env.AWS_ACCESS_KEY_ID + "/20260101/x/s3/aws4_request, SignedHeaders=host, Signature=0" } }).then(async (r) => [r.status, await r.text()]);
export const handler = async ({ bucket }) => ({
  secret: await call("secretsmanager.GetSecretValue", "secretsmanager", { SecretId: process.env.KEY }),
  refused: await call("secretsmanager.PutSecretValue", "secretsmanager", { SecretId: process.env.KEY, SecretString: "x" }),
  put: await s3("PUT", "/" + bucket + "/a%20b/c", "content"),
  got: await s3("GET", "/" + bucket + "/a%20b/c"),
  missing: await s3("GET", "/" + bucket + "/missing"),
  other: await s3("GET", "/mini-failures/x"),
});`,
  Tick: `${shared}
export const handler = async (event) => { await seen("tick", event); };`,
};

const role = (id: string, ...statements: unknown[]) => ({
  [`${id}Role`]: {
    Type: "AWS::IAM::Role",
    Properties: {
      ManagedPolicyArns: [
        {
          "Fn::Join": [
            "",
            ["arn:", ref("AWS::Partition"), ":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
          ],
        },
      ],
    },
  },
  ...(statements.length > 0 && {
    [`${id}Policy`]: {
      Type: "AWS::IAM::Policy",
      Properties: {
        PolicyName: id,
        Roles: [ref(`${id}Role`)],
        PolicyDocument: { Version: "2012-10-17", Statement: statements },
      },
    },
  }),
});
const fn = (id: string, environment: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => ({
  [id]: {
    Type: "AWS::Lambda::Function",
    Properties: {
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      Timeout: 60,
      MemorySize: 256,
      Role: att(`${id}Role`),
      Code: { S3Bucket: { "Fn::Sub": "assets-${AWS::AccountId}" }, S3Key: `${id}.zip` },
      Environment: { Variables: { NODE_OPTIONS: "--enable-source-maps", ...environment } },
      ...more,
    },
    Metadata: { "aws:cdk:path": `Mini/${id}/Resource` },
  },
});
const route = (id: string, key: string, target: string, authorizer?: string) => ({
  [`${id}Integration`]: {
    Type: "AWS::ApiGatewayV2::Integration",
    Properties: {
      ApiId: ref("Api"),
      IntegrationType: "AWS_PROXY",
      IntegrationUri: att(target),
      PayloadFormatVersion: "2.0",
    },
  },
  [`${id}Route`]: {
    Type: "AWS::ApiGatewayV2::Route",
    Properties: {
      ApiId: ref("Api"),
      RouteKey: key,
      Target: { "Fn::Join": ["", ["integrations/", ref(`${id}Integration`)]] },
      ...(authorizer && { AuthorizationType: "CUSTOM", AuthorizerId: ref(authorizer) }),
    },
  },
  [`${id}Permission`]: {
    Type: "AWS::Lambda::Permission",
    Properties: {
      Action: "lambda:InvokeFunction",
      FunctionName: att(target),
      Principal: "apigateway.amazonaws.com",
      SourceArn: {
        "Fn::Join": [
          "",
          [
            "arn:",
            ref("AWS::Partition"),
            ":execute-api:",
            ref("AWS::Region"),
            ":",
            ref("AWS::AccountId"),
            ":",
            ref("Api"),
            key === "$default" ? "/*/$default" : `/*/*${key.split(" ")[1]}`,
          ],
        ],
      },
    },
  },
});

const data: Template = {
  Resources: {
    Cases: {
      Type: "AWS::DynamoDB::GlobalTable",
      Properties: {
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [
          { AttributeName: "id", AttributeType: "S" },
          { AttributeName: "kind", AttributeType: "S" },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: "byKind",
            KeySchema: [{ AttributeName: "kind", KeyType: "HASH" }],
            Projection: { ProjectionType: "KEYS_ONLY" },
          },
        ],
        StreamSpecification: { StreamViewType: "NEW_AND_OLD_IMAGES" },
        Replicas: [{ Region: ref("AWS::Region") }],
      },
    },
    Seen: {
      Type: "AWS::DynamoDB::Table",
      Properties: {
        TableName: "mini-seen",
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        TimeToLiveSpecification: { AttributeName: "expires", Enabled: true },
      },
    },
    Metadata: { Type: "AWS::CDK::Metadata" },
  },
  Outputs: Object.fromEntries(
    [
      ["Cases", "Arn"],
      ["Cases", "StreamArn"],
      ["Seen", "Arn"],
    ].map(([id = "", name = ""]) => [
      `${id}${name}`,
      { Value: att(id, name), Export: { Name: { "Fn::Sub": `\${AWS::StackName}:${id}${name}` } } },
    ]),
  ),
};
const imported = (name: string) => ({ "Fn::ImportValue": `MiniData:${name}` });
const tableName = (name: string) => ({ "Fn::Select": [1, { "Fn::Split": ["/", imported(name)] }] });

const main: Template = {
  Parameters: { BootstrapVersion: { Type: "AWS::SSM::Parameter::Value<String>", Default: "/cdk-bootstrap/version" } },
  Resources: {
    Bus: { Type: "AWS::Events::EventBus", Properties: { Name: "mini" } },
    DeadLetters: { Type: "AWS::SQS::Queue" },
    Queue: {
      Type: "AWS::SQS::Queue",
      Properties: {
        VisibilityTimeout: 3,
        RedrivePolicy: { deadLetterTargetArn: att("DeadLetters"), maxReceiveCount: 2 },
      },
    },
    QueuePolicy: {
      Type: "AWS::SQS::QueuePolicy",
      Properties: {
        Queues: [ref("Queue")],
        PolicyDocument: {
          Statement: [
            {
              Effect: "Deny",
              Principal: { AWS: "*" },
              Action: "sqs:*",
              Resource: att("Queue"),
              Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
            {
              Effect: "Allow",
              Principal: { Service: "events.amazonaws.com" },
              Action: ["sqs:SendMessage", "sqs:GetQueueUrl"],
              Resource: att("Queue"),
              Condition: { ArnEquals: { "aws:SourceArn": att("Rule") } },
            },
          ],
        },
      },
    },
    Rule: {
      Type: "AWS::Events::Rule",
      Properties: {
        EventBusName: ref("Bus"),
        State: "ENABLED",
        EventPattern: { source: ["mini"], detail: { image: { kind: { S: [{ "anything-but": "silent" }] } } } },
        Targets: [{ Id: "Target0", Arn: att("Queue") }],
      },
    },
    Failures: {
      Type: "AWS::S3::Bucket",
      Properties: {
        CorsConfiguration: {
          CorsRules: [{ AllowedOrigins: ["https://portal.example"], AllowedMethods: ["PUT"], AllowedHeaders: ["*"] }],
        },
      },
    },
    Key: {
      Type: "AWS::SecretsManager::Secret",
      Properties: {
        GenerateSecretString: {
          PasswordLength: 40,
          ExcludePunctuation: true,
          GenerateStringKey: "key",
          SecretStringTemplate: '{"issuer":"mini"}',
        },
      },
    },
    Api: {
      Type: "AWS::ApiGatewayV2::Api",
      Properties: {
        Name: "mini",
        ProtocolType: "HTTP",
        CorsConfiguration: {
          AllowOrigins: ["https://portal.example"],
          AllowMethods: ["GET", "POST"],
          AllowHeaders: ["authorization"],
          ExposeHeaders: ["etag"],
          MaxAge: 60,
        },
      },
    },
    Stage: {
      Type: "AWS::ApiGatewayV2::Stage",
      Properties: { ApiId: ref("Api"), StageName: "$default", AutoDeploy: true },
    },
    Gate: {
      Type: "AWS::ApiGatewayV2::Authorizer",
      Properties: {
        ApiId: ref("Api"),
        AuthorizerType: "REQUEST",
        AuthorizerPayloadFormatVersion: "2.0",
        EnableSimpleResponses: true,
        AuthorizerResultTtlInSeconds: 300,
        IdentitySource: ["$request.header.Authorization"],
        AuthorizerUri: {
          "Fn::Join": [
            "",
            [
              "arn:",
              ref("AWS::Partition"),
              ":apigateway:",
              ref("AWS::Region"),
              ":lambda:path/2015-03-31/functions/",
              att("Authorizer"),
              "/invocations",
            ],
          ],
        },
      },
    },
    GatePermission: {
      Type: "AWS::Lambda::Permission",
      Properties: {
        Action: "lambda:InvokeFunction",
        FunctionName: att("Authorizer"),
        Principal: "apigateway.amazonaws.com",
        SourceArn: {
          "Fn::Join": [
            "",
            [
              "arn:",
              ref("AWS::Partition"),
              ":execute-api:",
              ref("AWS::Region"),
              ":",
              ref("AWS::AccountId"),
              ":",
              ref("Api"),
              "/authorizers/",
              ref("Gate"),
            ],
          ],
        },
      },
    },
    ...route("PostCase", "POST /cases", "Http", "Gate"),
    ...route("Guarded", "GET /guarded", "Echo", "Gate"),
    ...route("Echo", "ANY /echo/{proxy+}", "Echo"),
    ...route("Misbehave", "GET /misbehave/{how}", "Misbehave"),
    ...role(
      "Http",
      allow(["dynamodb:PutItem", "dynamodb:GetItem"], imported("CasesArn"), {
        "Fn::Join": ["", [imported("CasesArn"), "/index/*"]],
      }),
    ),
    ...fn("Http", {
      CASES: tableName("CasesArn"),
      API: {
        "Fn::Join": [
          "",
          ["https://", ref("Api"), ".execute-api.", ref("AWS::Region"), ".", ref("AWS::URLSuffix"), "/"],
        ],
      },
    }),
    ...role("Echo"),
    ...fn("Echo"),
    ...role("Misbehave"),
    ...fn("Misbehave", {}, { Timeout: 1, ReservedConcurrentExecutions: 1 }),
    ...role("Authorizer"),
    ...fn("Authorizer"),
    ...role(
      "Relay",
      allow(["dynamodb:ListStreams"], imported("CasesStreamArn")),
      allow(
        ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
        imported("CasesStreamArn"),
      ),
      allow(["events:PutEvents"], att("Bus")),
      allow(["s3:ListBucket"], att("Failures")),
      allow(["s3:PutObject*"], { "Fn::Join": ["", [att("Failures"), "/*"]] }),
    ),
    ...fn("Relay", { BUS: ref("Bus") }),
    RelayMapping: {
      Type: "AWS::Lambda::EventSourceMapping",
      Properties: {
        FunctionName: ref("Relay"),
        EventSourceArn: imported("CasesStreamArn"),
        StartingPosition: "LATEST",
        BatchSize: 100,
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 1,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        DestinationConfig: { OnFailure: { Destination: att("Failures") } },
        FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT","MODIFY"]}' }] },
      },
    },
    ...role(
      "Consumer",
      allow(
        ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"],
        att("Queue"),
      ),
      allow(["dynamodb:PutItem"], imported("SeenArn")),
    ),
    ...fn("Consumer", { SEEN: tableName("SeenArn"), QUEUE: ref("Queue") }),
    ConsumerMapping: {
      Type: "AWS::Lambda::EventSourceMapping",
      Properties: {
        FunctionName: ref("Consumer"),
        EventSourceArn: att("Queue"),
        BatchSize: 10,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
      },
    },
    Dropped: { Type: "AWS::SQS::Queue" },
    ...role("Later", allow(["sqs:SendMessage"], att("Dropped"))),
    ...fn("Later"),
    LaterConfig: {
      Type: "AWS::Lambda::EventInvokeConfig",
      Properties: {
        FunctionName: ref("Later"),
        Qualifier: "$LATEST",
        MaximumRetryAttempts: 1,
        DestinationConfig: { OnFailure: { Destination: att("Dropped") } },
      },
    },
    Files: { Type: "AWS::S3::Bucket" },
    ...role(
      "Filer",
      allow(["s3:GetObject", "s3:PutObject"], { "Fn::Join": ["", [att("Files"), "/*"]] }),
      allow(["secretsmanager:GetSecretValue"], ref("Key")),
    ),
    ...fn("Filer", { KEY: ref("Key") }, { Code: { S3Bucket: "assets", S3Key: "Files.zip" } }),
    ...role("Tick", allow(["dynamodb:PutItem"], imported("SeenArn"))),
    ...fn("Tick", { SEEN: tableName("SeenArn") }),
    TickRule: {
      Type: "AWS::Events::Rule",
      Properties: {
        ScheduleExpression: "cron(0 1 * * ? *)",
        State: "ENABLED",
        Targets: [{ Id: "Target0", Arn: att("Tick") }],
      },
    },
    TickPermission: {
      Type: "AWS::Lambda::Permission",
      Properties: {
        Action: "lambda:InvokeFunction",
        FunctionName: att("Tick"),
        Principal: "events.amazonaws.com",
        SourceArn: att("TickRule"),
      },
    },
  },
  Outputs: {
    ApiUrl: {
      Value: {
        "Fn::Join": [
          "",
          ["https://", ref("Api"), ".execute-api.", ref("AWS::Region"), ".", ref("AWS::URLSuffix"), "/"],
        ],
      },
    },
  },
};

let written: string | undefined;

/** Writes the miniature assembly into a directory of its own, once; gives options that run it. */
export const miniature = (): CloudOptions => {
  written ??= writeAssembly();
  return {
    assembly: written,
    stacks: ["MiniData", "Mini"],
    region: "cn-northwest-1",
    account: "123456789012",
    port: 0,
  };
};

/** A new directory that is gone when the tests are. */
export const temporaryDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), "miniature-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

const writeAssembly = (): string => {
  const assembly = temporaryDirectory();
  const files: TemplateValue = {};
  for (const [id, source] of Object.entries(sources)) {
    mkdirSync(join(assembly, `asset.${id}`));
    buildSync({
      stdin: { contents: source, resolveDir: import.meta.dirname, loader: "js" },
      outfile: join(assembly, `asset.${id}`, "index.mjs"),
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node24",
      mainFields: ["module", "main"],
      minify: true,
      keepNames: true,
      banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    });
    files[id] = {
      source: { path: `asset.${id}`, packaging: "zip" },
      destinations: { here: { bucketName: "assets", objectKey: `${id}.zip` } },
    };
  }
  const artifact = (stackName: string) => ({
    type: "aws:cloudformation:stack",
    properties: { templateFile: `${stackName}.template.json`, stackName },
  });
  writeFileSync(
    join(assembly, "manifest.json"),
    JSON.stringify({ artifacts: { MiniData: artifact("MiniData"), Mini: artifact("Mini") } }),
  );
  writeFileSync(join(assembly, "MiniData.template.json"), JSON.stringify(data));
  writeFileSync(join(assembly, "Mini.template.json"), JSON.stringify(main));
  writeFileSync(join(assembly, "Mini.assets.json"), JSON.stringify({ files }));
  return assembly;
};

/** Calls S3 through the cloud's endpoint with all rights. */
export const s3 = (cloud: Cloud, method: string, path: string): Promise<Response> => {
  const { endpoint, region, credentials } = cloud.operator;
  const scope = `${credentials.accessKeyId}/20260101/${region}/s3/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
  return fetch(endpoint + path, { method, headers: { authorization } });
};

/** Reads the table where functions write what they saw. */
export const seenBy = (cloud: Cloud) => {
  const db = new DynamoDBClient(cloud.operator);
  return async (id: string): Promise<TemplateValue> => {
    const { Item } = await db.send(new GetItemCommand({ TableName: "mini-seen", Key: { id: { S: id } } }));
    return Item?.value?.S === undefined ? undefined : JSON.parse(Item.value.S);
  };
};

/** Posts a case to the miniature's API. */
export const postCase = (cloud: Cloud, body: unknown, token: string | undefined = "me"): Promise<Response> =>
  fetch(`${cloud.url}/cases`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: token }) },
    body: JSON.stringify(body),
  });

/** The miniature with other properties of one resource. */
export const changed =
  (logicalId: string, properties: Record<string, TemplateValue>) =>
  (_stack: string, template: Template): Template => {
    const resource = template.Resources[logicalId];
    if (resource) resource.Properties = { ...resource.Properties, ...properties };
    return template;
  };
