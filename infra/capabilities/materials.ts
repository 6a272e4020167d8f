import { Duration } from "aws-cdk-lib";
import { EventBus } from "aws-cdk-lib/aws-events";
import { Construct } from "constructs";
import { routes } from "#shared/contracts/http/index.ts";
import { grantRows } from "../patterns/grants.ts";
import { MalwareScanner, scannerName } from "../patterns/malware-scanner.ts";
import type { Platform } from "../patterns/platform.ts";
import { QueueConsumer } from "../patterns/queue-consumer.ts";
import { ServiceFunction } from "../patterns/service-function.ts";
import type { ApplicationsData } from "./applications.ts";

/** Materials that applicants supply and receipts they are given: the part of applications that deals with files. */
export class MaterialsService extends Construct {
  constructor(scope: Construct, platform: Platform, data: ApplicationsData) {
    super(scope, "Materials");
    const { table, files, fieldKeys } = data;
    const { scanner } = platform.config;
    const environment = {
      TABLE_NAME: table.tableName,
      FIELD_KEYS_SECRET: fieldKeys.secretArn,
      FILES_BUCKET: files.bucketName,
    };

    const http = new ServiceFunction(this, "Http", {
      entry: "functions/applications/lambdas/files.ts",
      environment,
      // Reads an upload of up to 10 MiB through when it is said to be complete.
      memory: 1024,
      timeout: Duration.seconds(25),
    });
    grantRows(table, http, ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], ["files-by-applicant"]);
    fieldKeys.grantReadTo(http);
    // A link can do no more than who signed it.
    files.grantObjects(http, "quarantine", ["s3:GetObject", "s3:PutObject"]);
    files.grantObjects(http, "clean", ["s3:GetObject"]);
    files.grantToldOfMissing(http);
    platform.api.answer(routes.materials, http);

    const uploads = new QueueConsumer(this, "OnFileUploaded", {
      platform,
      entry: "functions/applications/lambdas/on-file-uploaded.ts",
      bus: EventBus.fromEventBusName(this, "DefaultBus", "default"),
      pattern: {
        source: ["aws.s3"],
        detailType: ["Object Created"],
        detail: { bucket: { name: [files.bucketName] }, object: { key: [{ prefix: "quarantine/" }] } },
      },
      environment: { ...environment, SCANNER: scannerName(scanner) },
      timeout: Duration.seconds(90),
      batchSize: 1,
      memory: 1536,
      impact: "Files that people have uploaded stay in checking, and their applications cannot be submitted.",
    });
    grantRows(table, uploads.fn, ["dynamodb:GetItem", "dynamodb:PutItem"]);
    fieldKeys.grantReadTo(uploads.fn);
    files.grantObjects(uploads.fn, "quarantine", ["s3:GetObject", "s3:DeleteObject"]);
    files.grantObjects(uploads.fn, "clean", ["s3:PutObject"]);
    files.grantToldOfMissing(uploads.fn);
    new MalwareScanner(this, "Scanner", { scanner, bucket: files, checks: uploads });
  }
}
