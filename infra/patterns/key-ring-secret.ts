import { RemovalPolicy, Validations } from "aws-cdk-lib";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";

/** A key ring (shared/runtime/key-ring.ts) whose first key is generated at deployment. */
export class KeyRingSecret extends Secret {
  constructor(scope: Construct, id: string, { description, retainData }: { description: string; retainData: boolean }) {
    super(scope, id, {
      description,
      // Without its key a retained table is noise.
      removalPolicy: retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
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
