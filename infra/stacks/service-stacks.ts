import { type App, CfnOutput, type Environment, Stack } from "aws-cdk-lib";
import { ApplicationsService } from "../capabilities/applications.ts";
import { CatalogueService } from "../capabilities/catalogue.ts";
import { IdentityService } from "../capabilities/identity.ts";
import { LogisticsService } from "../capabilities/logistics.ts";
import { MaterialsService } from "../capabilities/materials.ts";
import { NotificationsService } from "../capabilities/notifications.ts";
import { PaymentsService } from "../capabilities/payments.ts";
import { PlatformService } from "../capabilities/platform.ts";
import { WebhooksService } from "../capabilities/webhooks.ts";
import type { EnvironmentConfig } from "../config.ts";
import type { DataStack } from "./data-stack.ts";

/** Everything that runs, one stack a capability: each is deployed and rolled back by itself, and can be replaced as a whole. */
export const addServiceStacks = (
  app: App,
  { config, env, data }: { config: EnvironmentConfig; env: Environment; data: DataStack },
): void => {
  const stack = (capability: string) => new Stack(app, `yimen-${config.name}-${capability}`, { env });

  const platform = new PlatformService(stack("platform"), config, data.platform);
  new CfnOutput(Stack.of(platform), "ApiUrl", { value: platform.api.url });
  new CfnOutput(Stack.of(platform), "Issuer", { value: platform.api.issuer });

  // Identity comes first: it gives the API its authorizer.
  new IdentityService(stack("identity"), platform, data.identity);
  new CatalogueService(stack("catalogue"), platform, data.catalogue);
  new ApplicationsService(stack("applications"), platform, data.applications);
  new MaterialsService(stack("materials"), platform, data.applications);
  new LogisticsService(stack("logistics"), platform, data.logistics);
  new PaymentsService(stack("payments"), platform, data.payments);
  new WebhooksService(stack("webhooks"), platform, data.webhooks);
  new NotificationsService(stack("notifications"), platform, data.notifications);
};
