import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { answerOtherwise } from "../http/otherwise.ts";
import { openApiPage, problemPage, referencePage, referenceScript } from "../http/pages.ts";
import { healthEndpoint } from "../http/read-health.ts";

export const handler = httpLambda([healthEndpoint], {
  pages: [openApiPage, referencePage, referenceScript, problemPage],
  otherwise: answerOtherwise,
});
