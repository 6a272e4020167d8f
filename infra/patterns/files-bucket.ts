import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { Grant } from "aws-cdk-lib/aws-iam";
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, HttpMethods } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { importedArn } from "./imported-arn.ts";
import type { ServiceFunction } from "./service-function.ts";

export interface FilesBucketProps {
  readonly retainData: boolean;
  /** Web origins whose pages send files here and fetch them. */
  readonly allowedOrigins: readonly string[];
}

type ObjectAction = "s3:GetObject" | "s3:PutObject" | "s3:DeleteObject" | "s3:GetObjectTagging";

/**
 * People's files: what was just sent (quarantine/), what has been checked (clean/) and what the platform issued (receipts/).
 * It tells the default bus of every new object. Nothing in it is public; links are signed for one object and one minute.
 */
export class FilesBucket extends Bucket {
  constructor(scope: Construct, id: string, { retainData, allowedOrigins }: FilesBucketProps) {
    super(scope, id, {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      lifecycleRules: [
        {
          id: "quarantine",
          prefix: "quarantine/",
          expiration: Duration.days(2),
          noncurrentVersionExpiration: Duration.days(1),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
        // What was deleted or replaced by mistake can be fetched back for a month.
        { id: "mistakes", noncurrentVersionExpiration: Duration.days(30), expiredObjectDeleteMarker: true },
      ],
      ...(allowedOrigins.length > 0 && {
        cors: [
          {
            allowedOrigins: [...allowedOrigins],
            allowedMethods: [HttpMethods.PUT, HttpMethods.GET],
            allowedHeaders: ["content-type", "x-amz-checksum-sha256", "if-none-match"],
            maxAge: 3600,
          },
        ],
      }),
      removalPolicy: retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    // The property itself: CDK's eventBridgeEnabled brings a function of its own with rights over every bucket.
    (this.node.defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
    Validations.of(this).acknowledge({
      id: "AwsSolutions::AwsSolutions-S1",
      reason:
        "Each link to a file is recorded by the platform before it is given; CloudTrail data events tell of the rest.",
    });
  }

  /** Exactly these actions on what lies below a prefix, for a function of another stack. */
  grantObjects(
    fn: ServiceFunction,
    prefix: "quarantine" | "clean" | "receipts",
    actions: readonly ObjectAction[],
  ): void {
    Grant.addToPrincipal({
      grantee: fn,
      actions: [...actions],
      resourceArns: [this.arnForObjects(`${prefix}/*`)],
    });
    if (fn.node.scope)
      Validations.of(fn.node.scope).acknowledge({
        id: `AwsSolutions::AwsSolutions-IAM5[Resource::${importedArn(fn, this)}/${prefix}/*]`,
        reason: "Objects are named by the ids of the files they hold.",
      });
  }

  /** Without it S3 answers "forbidden" where it should say that there is no such object. */
  grantToldOfMissing(fn: ServiceFunction): void {
    Grant.addToPrincipal({ grantee: fn, actions: ["s3:ListBucket"], resourceArns: [this.bucketArn] });
  }
}
