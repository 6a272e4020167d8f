import { Alarm, type IMetric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { Construct } from "constructs";
import type { Platform } from "./platform.ts";

export interface AlarmProps {
  readonly platform: Pick<Platform, "alarms">;
  readonly metric: IMetric;
  readonly threshold: number;
  /** What happened, and what a citizen or officer notices of it, in a sentence or two. */
  readonly says: string;
}

/** Tells the alarm topic as soon as one period's figure reaches the threshold. */
export const alarm = (scope: Construct, id: string, props: AlarmProps): void =>
  new Alarm(scope, id, {
    metric: props.metric,
    threshold: props.threshold,
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
    alarmDescription: props.says,
  }).addAlarmAction(new SnsAction(props.platform.alarms));
