import { memoryItems } from "#functions/applications/adapters/memory-items.ts";
import type { ItemRules } from "#functions/applications/domain/item-rules.ts";
import { applicationEndpoints } from "#functions/applications/http/index.ts";
import { caseFiles } from "#functions/applications/materials/adapters/case-files.ts";
import { contentInspector } from "#functions/applications/materials/adapters/content-inspector.ts";
import { itemMaterials } from "#functions/applications/materials/adapters/item-materials.ts";
import { memoryFileBytes } from "#functions/applications/materials/adapters/memory-file-bytes.ts";
import { memoryFiles } from "#functions/applications/materials/adapters/memory-files.ts";
import { onFileUploaded } from "#functions/applications/materials/consumers/on-file-uploaded.ts";
import { onMaterialsAttached } from "#functions/applications/materials/consumers/on-materials-attached.ts";
import type { FileBytes, Scanner, ScanVerdict, StoredFiles } from "#functions/applications/materials/domain/ports.ts";
import { fileEndpoints } from "#functions/applications/materials/http/index.ts";
import { completeFile, uploadFile } from "#shared/contracts/http/applications/materials.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import type { Route } from "#shared/contracts/http/route.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { applicant, cipher, RECEIVED, rules } from "./applications.ts";
import { applicationsApi, type Call, portal } from "./applications-api.ts";
import { requestTo, type Said, said } from "./http-request.ts";
import { context, fromBus, fromQueue } from "./queue-events.ts";
import { sha256 } from "./sample-files.ts";

export const whose = { kind: applicant().kind, idNumber: applicant().idNumber };

/** The files' part of the API and the check of uploads, with memory behind them. */
export const filesApi = (
  wrap: { item?: ItemRules; files?: (files: StoredFiles) => StoredFiles; bytes?: (bytes: FileBytes) => FileBytes } = {},
) => {
  const item = wrap.item ?? rules();
  const files = memoryFiles(cipher);
  const store = memoryFileBytes();
  const cases = applicationsApi([item]);
  const applications = cases.store;
  let now = RECEIVED;
  let keys = 0;
  let verdict: ScanVerdict = "clean";
  const scanner: Scanner = { scan: async () => verdict };
  const deps = {
    files: wrap.files?.(files) ?? files,
    bytes: wrap.bytes?.(store) ?? store,
    inspector: contentInspector,
    materials: itemMaterials(memoryItems([item])),
    applications,
    scanner,
    now: () => now,
  };
  // The cases' own endpoints, with these files behind them.
  const lambda = httpLambda([
    ...fileEndpoints(deps),
    ...applicationEndpoints({ ...cases.deps, files: caseFiles(deps.files) }),
  ]);
  const attach = onMaterialsAttached({ applications, files });
  const check = onFileUploaded(deps);

  const call = async (
    contract: Pick<Route, "method" | "path">,
    { as, params, query, body, key }: Call,
  ): Promise<Said> => {
    const headers = { "idempotency-key": key ?? `key-${++keys}` };
    return said(await lambda(requestTo(contract, { verdict: as, params, query, body, headers })));
  };
  const announce = (content: Buffer, more: Record<string, unknown> = {}, as: Verdict = portal, key?: string) =>
    call(uploadFile, {
      as,
      ...(key && { key }),
      body: {
        applicant: applicant(),
        name: "合同.pdf",
        mediaType: "application/pdf",
        bytes: content.length,
        sha256: sha256(content),
        ...more,
      },
    });
  const complete = (id: string, as: Verdict = portal, key?: string) =>
    call(completeFile, { as, params: { id }, ...(key && { key }), body: { applicant: whose } });
  /** What S3 says of a new object, as often as told; true when all was handled. */
  const told = async (...ids: string[]): Promise<boolean> => {
    const notices = ids.map((id) => ({
      detail: { bucket: { name: "b" }, object: { key: `quarantine/${id}`, size: 1 } },
    }));
    return (await check(fromQueue(...notices), context)).batchItemFailures.length === 0;
  };
  /** Announced, sent, completed and checked. */
  const cleanFile = async (content: Buffer, more: Record<string, unknown> = {}, as: Verdict = portal) => {
    const { body } = await announce(content, more, as);
    const id = body.id as string;
    store.quarantine.set(id, content);
    await complete(id, as);
    await told(id);
    return id;
  };
  return {
    files,
    store,
    applications,
    call,
    announce,
    complete,
    told,
    cleanFile,
    /** What the bus tells of all cases so far. */
    attached: async () => {
      const known = /\.(submitted|corrected|material-supplied)\.v1$/;
      await attach(fromBus(...applications.published().filter(({ type }) => known.test(type))), context);
    },
    published: () => files.published(),
    setNow: (at: string) => {
      now = at;
    },
    setVerdict: (next: ScanVerdict) => {
      verdict = next;
    },
  };
};
