import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { ApplicationsService } from "../capabilities/applications.ts";
import { CatalogueService } from "../capabilities/catalogue.ts";
import { IdentityService } from "../capabilities/identity.ts";
import { NotificationsService } from "../capabilities/notifications.ts";
import { PlatformService } from "../capabilities/platform.ts";
import { WebhooksService } from "../capabilities/webhooks.ts";
import type { EnvironmentConfig } from "../config.ts";
import type { DataStack } from "./data-stack.ts";

/** Everything that runs: the API, the functions and the queues between them. It can be replaced as a whole. */
export class ServicesStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & { config: EnvironmentConfig; data: DataStack }) {
    super(scope, id, props);
    const { config, data } = props;
    const platform = new PlatformService(this, config, data.platform);
    // Identity comes first: it gives the API its authorizer.
    new IdentityService(this, platform, data.identity);
    new CatalogueService(this, platform, data.catalogue);
    new ApplicationsService(this, platform, data.applications);
    new WebhooksService(this, platform, data.webhooks);
    new NotificationsService(this, platform, data.notifications);

    new CfnOutput(this, "ApiUrl", { value: platform.api.url });
    new CfnOutput(this, "Issuer", { value: platform.api.issuer });
  }
}
