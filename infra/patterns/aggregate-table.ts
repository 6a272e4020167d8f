import { RemovalPolicy } from "aws-cdk-lib";
import {
  AttributeType,
  Billing,
  type GlobalSecondaryIndexPropsV2,
  StreamViewType,
  TableV2,
} from "aws-cdk-lib/aws-dynamodb";
import type { Construct } from "constructs";

export interface AggregateTableProps {
  readonly retainData: boolean;
  readonly indexes?: readonly GlobalSecondaryIndexPropsV2[];
}

/**
 * A capability's one table: string keys pk and sk, a stream that is the outbox, point-in-time recovery, and `expiresAt`
 * (epoch seconds) for rows that end by themselves.
 */
export class AggregateTable extends TableV2 {
  constructor(scope: Construct, id: string, props: AggregateTableProps) {
    super(scope, id, {
      partitionKey: { name: "pk", type: AttributeType.STRING },
      sortKey: { name: "sk", type: AttributeType.STRING },
      billing: Billing.onDemand(),
      dynamoStream: StreamViewType.NEW_IMAGE,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: "expiresAt",
      deletionProtection: props.retainData,
      removalPolicy: props.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      globalSecondaryIndexes: [...(props.indexes ?? [])],
    });
  }
}
