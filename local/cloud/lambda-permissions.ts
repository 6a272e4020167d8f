import type { Deployment } from "./deployment.ts";
import { iamPattern } from "./iam.ts";

/** AWS::Lambda::Permission: which services may invoke which function. */
export interface LambdaPermissions {
  allows(functionName: string, service: string, sourceArn: string): boolean;
}

/** Reads the permissions of the templates. */
export const lambdaPermissions = (deployment: Deployment): LambdaPermissions => {
  const permissions = deployment.ofType("AWS::Lambda::Permission").map(({ properties }) => ({
    functionName: String(properties.FunctionName).replace(/^.*:function:/, ""),
    service: String(properties.Principal),
    source: iamPattern(String(properties.SourceArn ?? "*")),
    action: String(properties.Action),
  }));
  return {
    allows: (functionName, service, sourceArn) =>
      permissions.some(
        (permission) =>
          permission.functionName === functionName &&
          permission.service === service &&
          permission.action === "lambda:InvokeFunction" &&
          permission.source.matches(sourceArn),
      ),
  };
};
