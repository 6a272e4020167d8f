import { Stack } from "aws-cdk-lib";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";

/** How cdk-nag names the bucket of another stack: by the export its ARN is imported from. */
export const importedArn = (scope: Construct, bucket: Bucket): string => {
  const imported = Stack.of(bucket).exportValue(bucket.bucketArn);
  return (Stack.of(scope).resolve(imported) as { "Fn::ImportValue": string })["Fn::ImportValue"];
};
