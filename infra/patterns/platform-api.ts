import { Aws, Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import {
  AuthorizerPayloadVersion,
  CorsHttpMethod,
  HttpApi,
  HttpAuthorizer,
  HttpAuthorizerType,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Route } from "#shared/contracts/http/route.ts";
import type { EnvironmentConfig } from "../config.ts";

/** The one HTTP API. Its routes and who may call them come from the contracts. */
export class PlatformApi extends Construct {
  readonly api: HttpApi;
  #authorizer: IHttpRouteAuthorizer | undefined;

  constructor(scope: Construct, id: string, { config }: { config: EnvironmentConfig }) {
    super(scope, id);
    this.api = new HttpApi(this, "Api", {
      apiName: `yimen-${config.name}`,
      createDefaultStage: false,
      ...(config.allowedOrigins.length > 0 && {
        corsPreflight: {
          allowOrigins: [...config.allowedOrigins],
          allowMethods: [CorsHttpMethod.ANY],
          allowHeaders: ["authorization", "content-type", "idempotency-key", "if-match", "accept-language"],
          exposeHeaders: ["etag"],
          maxAge: Duration.hours(1),
        },
      }),
    });
    const accessLogs = new LogGroup(this, "AccessLogs", {
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    new HttpStage(this, "Stage", {
      httpApi: this.api,
      autoDeploy: true,
      accessLogSettings: { destination: new LogGroupLogDestination(accessLogs) },
    });
  }

  get url(): string {
    return this.api.apiEndpoint;
  }

  /** The issuer of every token this API accepts. */
  get issuer(): string {
    return `${this.url}/oidc`;
  }

  /** Lets a function look at the token before any route that needs one; it reports, the endpoint answers. */
  authorizeWith(fn: IFunction): void {
    const authorizer = new HttpAuthorizer(fn, "Authorizer", {
      httpApi: this.api,
      type: HttpAuthorizerType.LAMBDA,
      authorizerUri: `arn:${Aws.PARTITION}:apigateway:${Aws.REGION}:lambda:path/2015-03-31/functions/${fn.functionArn}/invocations`,
      identitySource: [],
      enableSimpleResponses: true,
      payloadFormatVersion: AuthorizerPayloadVersion.VERSION_2_0,
      resultsCacheTtl: Duration.seconds(0),
    });
    fn.addPermission("AsAuthorizer", {
      principal: new ServicePrincipal("apigateway.amazonaws.com"),
      sourceArn: Stack.of(fn).formatArn({
        service: "execute-api",
        resource: this.api.apiId,
        resourceName: `authorizers/${authorizer.authorizerId}`,
      }),
    });
    this.#authorizer = HttpAuthorizer.fromHttpAuthorizerAttributes(fn, "AuthorizerOfRoutes", {
      authorizerId: authorizer.authorizerId,
      authorizerType: "CUSTOM",
    });
  }

  /** Adds a capability's routes; each with a scope passes the authorizer. */
  answer(routes: readonly Route[], fn: IFunction): void {
    const integration = integrationOf(fn);
    for (const route of routes) {
      const isPublic = route.scopes.length === 0;
      const added = this.#route(
        fn,
        HttpRouteKey.with(route.path, HttpMethod[route.method]),
        integration,
        isPublic ? new HttpNoneAuthorizer() : this.#needAuthorizer(),
      );
      if (isPublic) acknowledgePublic(added, "The route's contract needs no scope: anyone may call it.");
    }
  }

  /** Adds public pages, which have no contract. */
  show(paths: readonly string[], fn: IFunction): void {
    const integration = integrationOf(fn);
    for (const path of paths)
      acknowledgePublic(
        this.#route(fn, HttpRouteKey.with(path, HttpMethod.GET), integration),
        "A page for anyone to read.",
      );
  }

  /** Adds a public path that speaks a protocol of its own, with all that lies below it. */
  mount(path: `/${string}`, fn: IFunction): void {
    acknowledgePublic(
      this.#route(fn, HttpRouteKey.with(`${path}/{proxy+}`, HttpMethod.ANY), integrationOf(fn)),
      "The protocol spoken here authenticates by itself.",
    );
  }

  /** Answers whatever no route answers. */
  otherwise(fn: IFunction): void {
    // A permission for all routes, .../*/*/*, does not cover $default.
    const integration = new HttpLambdaIntegration(`${fn.node.path}/Otherwise`, fn);
    acknowledgePublic(
      this.#route(fn, HttpRouteKey.DEFAULT, integration),
      "It only says that there is nothing at this address.",
    );
  }

  /** A route stands in the stack of the function that answers it: a stack takes 500 resources. */
  #route(
    fn: IFunction,
    routeKey: HttpRouteKey,
    integration: HttpLambdaIntegration,
    authorizer?: IHttpRouteAuthorizer,
  ): HttpRoute {
    return new HttpRoute(fn, routeKey.key, {
      httpApi: this.api,
      routeKey,
      integration,
      ...(authorizer && { authorizer }),
    });
  }

  #needAuthorizer(): IHttpRouteAuthorizer {
    if (!this.#authorizer) throw new Error("authorizeWith comes before the first route that needs a token");
    return this.#authorizer;
  }
}

const integrationOf = (fn: IFunction): HttpLambdaIntegration =>
  new HttpLambdaIntegration(fn.node.path, fn, { scopePermissionToRoute: false });

const acknowledgePublic = (route: HttpRoute, reason: string): void =>
  Validations.of(route).acknowledge({ id: "AwsSolutions::AwsSolutions-APIG4", reason });
