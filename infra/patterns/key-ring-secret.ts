import { Validations } from "aws-cdk-lib";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";

/** A key ring (shared/runtime/key-ring.ts) whose first key is generated at deployment. */
export class KeyRingSecret extends Secret {
  constructor(scope: Construct, id: string, { description }: { description: string }) {
    super(scope, id, {
      description,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ id: "k1" }),
        generateStringKey: "key",
        passwordLength: 64,
        excludePunctuation: true,
      },
    });
    Validations.of(this).acknowledge({
      id: "AwsSolutions::AwsSolutions-SMG4",
      reason: "A new key must leave the previous one in the ring; the deployment guide has the operator do it.",
    });
  }

  grantReadTo(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ["secretsmanager:GetSecretValue"],
      resourceArns: [this.secretArn],
    });
  }
}
