import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { ajvForms } from "../adapters/ajv-forms.ts";
import { dynamoDrafts } from "../adapters/dynamo-drafts.ts";
import { memoryFiles } from "../adapters/memory-files.ts";
import { deployed, table } from "../deployed.ts";
import { applicationEndpoints } from "../http/index.ts";

export const handler = httpLambda(
  applicationEndpoints({
    ...deployed,
    // Until materials can be uploaded there are no files that anyone could name.
    files: memoryFiles(),
    forms: ajvForms(),
    drafts: dynamoDrafts(table.client, { ...table, now: deployed.now }),
  }),
);
