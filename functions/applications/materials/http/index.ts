import type { Endpoint } from "#shared/runtime/endpoint.ts";
import type { FilesDeps } from "./files-deps.ts";
import { downloadFileEndpoint, readFileEndpoint, searchFilesEndpoint } from "./reading.ts";
import { completeFileEndpoint, uploadFileEndpoint } from "./uploading.ts";

export const fileEndpoints = (deps: FilesDeps): readonly Endpoint[] => [
  uploadFileEndpoint(deps),
  completeFileEndpoint(deps),
  readFileEndpoint(deps),
  downloadFileEndpoint(deps),
  searchFilesEndpoint(deps),
];
