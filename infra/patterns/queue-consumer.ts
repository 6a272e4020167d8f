import { Duration, type Size } from "aws-cdk-lib";
import { type EventPattern, type IEventBus, Rule } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { alarm } from "./alarm.ts";
import type { Platform } from "./platform.ts";
import { ServiceFunction } from "./service-function.ts";

export interface QueueConsumerProps {
  readonly platform: Pick<Platform, "bus" | "alarms">;
  /** functions/<capability>/lambdas/<name>.ts */
  readonly entry: string;
  /** What the bus passes on to the queue; left out for a queue that is fed otherwise. */
  readonly pattern?: EventPattern;
  /** The platform's own bus unless told: AWS services speak on the default one. */
  readonly bus?: IEventBus;
  /** MiB; 512 unless told. */
  readonly memory?: number;
  readonly environment?: Record<string, string>;
  readonly timeout?: Duration;
  /** Of /tmp; 512 MiB unless told. */
  readonly disk?: Size;
  /** Messages taken at a time; 10 unless told. */
  readonly batchSize?: number;
  /** Instances at most; without it, as many as the account has. */
  readonly maxConcurrency?: number;
  /** How long messages rest before they are handled, so that indexes show what was written before them. */
  readonly delay?: Duration;
  /** What a citizen or officer notices while messages lie in the dead-letter queue. */
  readonly impact: string;
}

/** Bus rule -> queue (with dead letters and alarm) -> function with partial batch answers. */
export class QueueConsumer extends Construct {
  readonly fn: ServiceFunction;
  readonly queue: Queue;

  constructor(scope: Construct, id: string, props: QueueConsumerProps) {
    super(scope, id);
    const timeout = props.timeout ?? Duration.seconds(30);
    const deadLetters = new Queue(this, "DeadLetters", {
      enforceSSL: true,
      encryption: QueueEncryption.SQS_MANAGED,
      retentionPeriod: Duration.days(14),
    });
    this.queue = new Queue(this, "Queue", {
      enforceSSL: true,
      encryption: QueueEncryption.SQS_MANAGED,
      visibilityTimeout: Duration.seconds(timeout.toSeconds() * 6),
      retentionPeriod: Duration.days(14),
      ...(props.delay && { deliveryDelay: props.delay }),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 5 },
    });
    if (props.pattern)
      new Rule(this, "Rule", {
        eventBus: props.bus ?? props.platform.bus,
        eventPattern: props.pattern,
        // What the bus cannot put into the queue lies with what the function could not handle.
        targets: [new SqsQueue(this.queue, { deadLetterQueue: deadLetters })],
      });
    this.fn = new ServiceFunction(this, "Fn", {
      entry: props.entry,
      timeout,
      ...(props.memory !== undefined && { memory: props.memory }),
      ...(props.environment && { environment: props.environment }),
      ...(props.disk && { disk: props.disk }),
    });
    this.fn.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: props.batchSize ?? 10,
        reportBatchItemFailures: true,
        ...(props.maxConcurrency !== undefined && { maxConcurrency: props.maxConcurrency }),
      }),
    );
    alarm(this, "DeadLettered", {
      platform: props.platform,
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1) }),
      threshold: 1,
      says: `Messages could not be handled and wait in the dead-letter queue. ${props.impact}`,
    });
  }
}
