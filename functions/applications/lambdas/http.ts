import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { ajvForms } from "../adapters/ajv-forms.ts";
import { caseLicences } from "../adapters/case-licences.ts";
import { dynamoDrafts } from "../adapters/dynamo-drafts.ts";
import { deployed, table } from "../deployed.ts";
import { applicationEndpoints } from "../http/index.ts";
import { caseFiles } from "../materials/adapters/case-files.ts";
import { dynamoFiles } from "../materials/adapters/dynamo-files.ts";

export const handler = httpLambda(
  applicationEndpoints({
    ...deployed,
    files: caseFiles(dynamoFiles(table.client, table)),
    licences: caseLicences(deployed.applications, deployed.now),
    forms: ajvForms(),
    drafts: dynamoDrafts(table.client, { ...table, now: deployed.now }),
  }),
);
