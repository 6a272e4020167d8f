import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Match, Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { ASSEMBLY } from "#test/support/synthesised.ts";

const templateOf = (stack: string): Template =>
  Template.fromString(readFileSync(join(ASSEMBLY, `yimen-local-${stack}.template.json`), "utf8"));

describe("payments and logistics in the template", () => {
  /** Faults are caught and answered with 500 or 503: an alarm on the function's own errors would sleep through them. */
  it.each([
    ["payments", "callback.failed", "CallbackFailed", 3],
    ["payments", "callback.not-verified", "CallbackNotVerified", 10],
    ["payments", "payment.report-refused", "ReportRefused", 1],
    ["logistics", "callback.failed", "CallbacksFail", 10],
  ])("%s: lines of %s are counted, and an alarm looks at the count", (stack, line, metric, threshold) => {
    const template = templateOf(stack);
    const namespace = { payments: "Yimen/Payments", logistics: "Yimen/Logistics" }[stack];
    template.hasResourceProperties("AWS::Logs::MetricFilter", {
      FilterPattern: `{ $.message = "${line}" }`,
      MetricTransformations: [Match.objectLike({ MetricNamespace: namespace, MetricName: metric, MetricValue: "1" })],
    });
    template.hasResourceProperties("AWS::CloudWatch::Alarm", {
      Namespace: namespace,
      MetricName: metric,
      Threshold: threshold,
      Statistic: "Sum",
    });
  });

  it.each(["payments", "logistics", "notifications"])(
    "%s: the rotation of keys may read and rewrite rows, and no more",
    (stack) => {
      const template = templateOf(stack);
      const entry = `functions/${stack}/lambdas/rotate-keys.ts`;
      const [fn] = Object.values(
        template.findResources("AWS::Lambda::Function", { Properties: { Description: entry } }),
      );
      const role = fn?.Properties.Role["Fn::GetAtt"][0];
      const actions = Object.values(template.findResources("AWS::IAM::Policy"))
        .filter(({ Properties }) => Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role))
        .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
        .flatMap(({ Action }) => Action as string | string[])
        .filter((action) => !action.startsWith("logs:"));
      expect(new Set(actions)).toEqual(new Set(["dynamodb:Scan", "dynamodb:PutItem", "secretsmanager:GetSecretValue"]));
    },
  );

  it("hears of money of another amount from the sweep and from the comparison of a day", () => {
    const filters = templateOf("payments").findResources("AWS::Logs::MetricFilter", {
      Properties: { FilterPattern: '{ $.message = "payment.report-refused" }' },
    });
    const groups = Object.values(filters).map(({ Properties }) => Properties.LogGroupName.Ref as string);
    expect(new Set(groups).size).toBe(2);
  });
});
