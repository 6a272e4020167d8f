import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import {
  CorsHttpMethod,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
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
    this.#authorizer = new HttpLambdaAuthorizer("Authorizer", fn, {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      identitySource: [],
      resultsCacheTtl: Duration.seconds(0),
    });
  }

  /** Adds a capability's routes; each with a scope passes the authorizer. */
  answer(routes: readonly Route[], fn: IFunction): void {
    const integration = new HttpLambdaIntegration(fn.node.path, fn, { scopePermissionToRoute: false });
    for (const route of routes) {
      const isPublic = route.scopes.length === 0;
      const added = this.api.addRoutes({
        path: route.path,
        methods: [HttpMethod[route.method]],
        integration,
        authorizer: isPublic ? new HttpNoneAuthorizer() : this.#needAuthorizer(),
      });
      if (isPublic) acknowledgePublic(added, "The route's contract needs no scope: anyone may call it.");
    }
  }

  /** Adds public pages, which have no contract. */
  show(paths: readonly string[], fn: IFunction): void {
    const integration = new HttpLambdaIntegration(fn.node.path, fn, { scopePermissionToRoute: false });
    for (const path of paths)
      acknowledgePublic(
        this.api.addRoutes({ path, methods: [HttpMethod.GET], integration }),
        "A page for anyone to read.",
      );
  }

  /** Adds a public path that speaks a protocol of its own, with all that lies below it. */
  mount(path: `/${string}`, fn: IFunction): void {
    const integration = new HttpLambdaIntegration(fn.node.path, fn, { scopePermissionToRoute: false });
    acknowledgePublic(
      this.api.addRoutes({ path: `${path}/{proxy+}`, methods: [HttpMethod.ANY], integration }),
      "The protocol spoken here authenticates by itself.",
    );
  }

  /** Answers whatever no route answers. */
  otherwise(fn: IFunction): void {
    const route = new HttpRoute(this, "Otherwise", {
      httpApi: this.api,
      routeKey: HttpRouteKey.DEFAULT,
      // A permission for all routes, .../*/*/*, does not cover $default.
      integration: new HttpLambdaIntegration(fn.node.path, fn),
    });
    acknowledgePublic([route], "It only says that there is nothing at this address.");
  }

  #needAuthorizer(): IHttpRouteAuthorizer {
    if (!this.#authorizer) throw new Error("authorizeWith comes before the first route that needs a token");
    return this.#authorizer;
  }
}

const acknowledgePublic = (routes: readonly HttpRoute[], reason: string): void => {
  for (const route of routes) Validations.of(route).acknowledge({ id: "AwsSolutions::AwsSolutions-APIG4", reason });
};
