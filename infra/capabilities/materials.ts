import { Duration } from "aws-cdk-lib";
import { EventBus } from "aws-cdk-lib/aws-events";
import { Construct } from "constructs";
import {
  ApplicationAcceptedV1,
  ApplicationConcludedV1,
  ApplicationCorrectedV1,
  ApplicationDecidedV1,
  ApplicationDeclinedV1,
  ApplicationExtendedV1,
  ApplicationRevokedV1,
  ApplicationSubmittedV1,
  ApplicationSuspendedV1,
  CorrectionRequestedV1,
  MaterialSuppliedV1,
} from "#shared/contracts/events/applications.ts";
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
    files.grantObjects(http, "receipts", ["s3:GetObject"]);
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

    const attached = new QueueConsumer(this, "OnMaterialsAttached", {
      platform,
      entry: "functions/applications/lambdas/on-materials-attached.ts",
      pattern: {
        detailType: [ApplicationSubmittedV1.type, ApplicationCorrectedV1.type, MaterialSuppliedV1.type],
      },
      environment: { TABLE_NAME: table.tableName, FIELD_KEYS_SECRET: fieldKeys.secretArn },
      impact:
        "Files of earlier cases can be used again without the applicant's consent, and do not tell which cases use them.",
    });
    grantRows(table, attached.fn, ["dynamodb:GetItem", "dynamodb:PutItem"]);
    fieldKeys.grantReadTo(attached.fn);

    const progress = new ServiceFunction(this, "Progress", {
      entry: "functions/applications/lambdas/progress.ts",
      environment: { TABLE_NAME: table.tableName, FIELD_KEYS_SECRET: fieldKeys.secretArn },
    });
    grantRows(table, progress, ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"]);
    fieldKeys.grantReadTo(progress);
    platform.api.show(["/progress"], progress);
    platform.api.mount("/progress", progress);

    const receipts = new QueueConsumer(this, "OnReceiptDue", {
      platform,
      entry: "functions/applications/lambdas/on-receipt-due.ts",
      pattern: { detailType: receiptEvents.map(({ type }) => type) },
      environment: { ...environment, API_URL: platform.api.url },
      memory: 1024,
      timeout: Duration.seconds(60),
      impact:
        "Applicants do not get the receipts of their cases (acceptance, correction, decision, ...), nor find a new case by its number.",
    });
    grantRows(table, receipts.fn, ["dynamodb:GetItem", "dynamodb:PutItem"]);
    fieldKeys.grantReadTo(receipts.fn);
    files.grantObjects(receipts.fn, "receipts", ["s3:PutObject"]);
  }
}

/** Each calls for a receipt; a submission only for being found by its number. */
const receiptEvents = [
  ApplicationSubmittedV1,
  ApplicationAcceptedV1,
  CorrectionRequestedV1,
  ApplicationDeclinedV1,
  ApplicationSuspendedV1,
  ApplicationExtendedV1,
  ApplicationDecidedV1,
  ApplicationRevokedV1,
  ApplicationConcludedV1,
];
