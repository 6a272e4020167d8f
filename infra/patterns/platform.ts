import type { EventBus } from "aws-cdk-lib/aws-events";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import type { Topic } from "aws-cdk-lib/aws-sns";
import type { EnvironmentConfig } from "../config.ts";
import type { PlatformApi } from "./platform-api.ts";

/** What every capability's service is built upon. */
export interface Platform {
  readonly config: EnvironmentConfig;
  readonly bus: EventBus;
  /** Keeps whole the stream records that could not be published. */
  readonly failures: Bucket;
  /** Where alarms are told. */
  readonly alarms: Topic;
  readonly api: PlatformApi;
}
