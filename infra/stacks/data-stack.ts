import { Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { ApplicationsData } from "../capabilities/applications.ts";
import { CatalogueData } from "../capabilities/catalogue.ts";
import { IdentityData } from "../capabilities/identity.ts";
import { LogisticsData } from "../capabilities/logistics.ts";
import { NotificationsData } from "../capabilities/notifications.ts";
import { PaymentsData } from "../capabilities/payments.ts";
import { PlatformData } from "../capabilities/platform.ts";
import { WebhooksData } from "../capabilities/webhooks.ts";
import type { EnvironmentConfig } from "../config.ts";

/** What outlives every deployment of code: tables, secrets, the bus with its archive. */
export class DataStack extends Stack {
  readonly platform: PlatformData;
  readonly identity: IdentityData;
  readonly catalogue: CatalogueData;
  readonly applications: ApplicationsData;
  readonly logistics: LogisticsData;
  readonly payments: PaymentsData;
  readonly webhooks: WebhooksData;
  readonly notifications: NotificationsData;

  constructor(scope: Construct, id: string, props: StackProps & { config: EnvironmentConfig }) {
    super(scope, id, { ...props, terminationProtection: props.config.retainData });
    this.platform = new PlatformData(this, props.config);
    this.identity = new IdentityData(this, props.config);
    this.catalogue = new CatalogueData(this, props.config);
    this.applications = new ApplicationsData(this, props.config);
    this.logistics = new LogisticsData(this, props.config);
    this.payments = new PaymentsData(this, props.config);
    this.webhooks = new WebhooksData(this, props.config);
    this.notifications = new NotificationsData(this, props.config);
  }
}
