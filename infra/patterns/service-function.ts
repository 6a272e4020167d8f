import { Duration, RemovalPolicy, type Size } from "aws-cdk-lib";
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { bundleOf } from "./bundles.ts";
import { leastPrivilegeRole } from "./roles.ts";

export interface ServiceFunctionProps {
  /** functions/<capability>/lambdas/<name>.ts */
  readonly entry: string;
  readonly environment?: Record<string, string>;
  /** 10 seconds unless told. */
  readonly timeout?: Duration;
  /** MiB; 512 unless told. */
  readonly memory?: number;
  /** Of /tmp; 512 MiB unless told. */
  readonly disk?: Size;
}

/** A function of ours: Node 24 on arm64, a bundle, its own role and its own log group kept for a year (the law asks for six months at least), also when the function is gone. */
export class ServiceFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    super(scope, id, {
      code: Code.fromAsset(bundleOf(props.entry)),
      handler: "index.handler",
      description: props.entry,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memory ?? 512,
      timeout: props.timeout ?? Duration.seconds(10),
      ...(props.disk && { ephemeralStorageSize: props.disk }),
      loggingFormat: LoggingFormat.JSON,
      // Two lines for each invocation that went well would cost more than the invocation; what fails or times out is reported.
      systemLogLevelV2: SystemLogLevel.WARN,
      logGroup,
      role: leastPrivilegeRole(scope, `${id}Role`, logGroup),
      environment: { NODE_OPTIONS: "--enable-source-maps", ...props.environment },
    });
  }
}
