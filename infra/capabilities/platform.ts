import { Aws, Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { EventBus } from "aws-cdk-lib/aws-events";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { BlockPublicAccess, Bucket, BucketEncryption } from "aws-cdk-lib/aws-s3";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import { routes } from "#shared/contracts/http/index.ts";
import { pages } from "#shared/contracts/http/platform.ts";
import type { EnvironmentConfig } from "../config.ts";
import { alarm } from "../patterns/alarm.ts";
import type { Platform } from "../patterns/platform.ts";
import { PlatformApi } from "../patterns/platform-api.ts";
import { ServiceFunction } from "../patterns/service-function.ts";

export class PlatformData extends Construct {
  readonly bus: EventBus;
  readonly failures: Bucket;

  constructor(scope: Construct, config: EnvironmentConfig) {
    super(scope, "Platform");
    this.bus = new EventBus(this, "Bus", { eventBusName: `yimen-${config.name}` });
    this.bus.archive("Archive", {
      eventPattern: { source: [{ prefix: "yimen." }] as never },
      retention: Duration.days(90),
      description: "Every event of 90 days, for replay",
    });
    this.failures = new Bucket(this, "UnpublishedRecords", {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      lifecycleRules: [{ expiration: Duration.days(180), noncurrentVersionExpiration: Duration.days(30) }],
      removalPolicy: config.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    Validations.of(this.failures).acknowledge({
      id: "AwsSolutions::AwsSolutions-S1",
      reason: "Only the relays write here and only operators read; CloudTrail data events tell who did.",
    });
  }
}

/** The API, the alarm topic and what answers when no capability does. */
export class PlatformService extends Construct implements Platform {
  readonly config: EnvironmentConfig;
  readonly bus: EventBus;
  readonly failures: Bucket;
  readonly alarms: Topic;
  readonly api: PlatformApi;

  constructor(scope: Construct, config: EnvironmentConfig, data: PlatformData) {
    super(scope, "Platform");
    this.config = config;
    this.bus = data.bus;
    this.failures = data.failures;
    this.alarms = new Topic(this, "Alarms", { enforceSSL: true });
    // The policy that enforces TLS takes the place of SNS's default one, which would have let CloudWatch publish.
    this.alarms.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [this.alarms.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
      }),
    );
    for (const email of config.alarmEmails) this.alarms.addSubscription(new EmailSubscription(email));
    this.api = new PlatformApi(this, "Api", { config });
    alarm(this, "ApiFails", {
      platform: this,
      metric: this.api.api.metricServerError({ statistic: "sum", period: Duration.minutes(5) }),
      threshold: 10,
      says: "The API answers with faults. People at portals and windows see that something failed and have to try again.",
    });

    const http = new ServiceFunction(this, "Http", { entry: "functions/platform/lambdas/http.ts" });
    this.api.answer(routes.platform, http);
    this.api.show(Object.values(pages), http);
    this.api.otherwise(http);
  }
}
