import { downloadFile, readFile, searchFiles } from "#shared/contracts/http/applications/materials.ts";
import type { Caller } from "#shared/contracts/http/caller.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { newId } from "#shared/kernel/ids.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import { applicantOf, inMandate, isInMandate, ofDepartment } from "../../http/acting.ts";
import { attachmentsOf } from "../domain/attachments.ts";
import { isOf, receiptOf, type StoredFile } from "../domain/file.ts";
import type { FileReading } from "../domain/ports.ts";
import type { FilesDeps } from "./files-deps.ts";

/** Seconds a link is good: time for a browser to follow it, and no more. */
export const LINK_SECONDS = 60;

/** A person sees their own files; a channel any it knows the id of, as with cases; a department none but those of its cases. */
export const readFileEndpoint = ({ files }: FilesDeps) =>
  endpoint(readFile, async ({ path, caller }) => {
    const file = await files.find(path.id);
    if (!file || !isInMandate(caller, file.material?.itemCode)) return refuse("file.not-found");
    if (caller.person !== undefined) {
      const whose = applicantOf(caller, undefined);
      if (!whose.ok || !isOf(file, whose.value)) return refuse("file.not-found");
    } else if (!caller.channel) return refuse("file.not-found");
    return accept(receiptOf(file));
  });

type Why = Pick<FileReading, "purpose" | "officer" | "number" | "department" | "division">;
type Body = (typeof downloadFile)["body"]["_zod"]["output"];

/** What a department says when it opens something of an applicant's, and whether it may. */
export const departmentsReason = (
  { scopes, staff }: Caller,
  { purpose, officer }: { readonly purpose?: string | undefined; readonly officer?: string | undefined },
): Decision<{ purpose: string; officer: string }, "file.purpose-missing" | "request.scope-missing"> => {
  // Files are the applicant's unmasked data: the scope for that is asked for as well.
  if (!scopes.includes("applications:personal")) return refuse("request.scope-missing");
  const by = staff ?? officer;
  return purpose && by ? accept({ purpose, officer: by }) : refuse("file.purpose-missing");
};

/** By what right the caller opens the file; whoever has none is told that there is no such file. */
const reasonFor = async ({ applications }: FilesDeps, caller: Caller, file: StoredFile, body: Body) => {
  if (caller.department !== undefined) {
    const reason = departmentsReason(caller, body);
    if (!reason.ok) return reason;
    if (body.application === undefined) return refuse("file.purpose-missing");
    const state = await applications.find(body.application);
    const isAttached = state && attachmentsOf(state).some((attachment) => attachment.file === file.id);
    if (!state || !isAttached || !ofDepartment(caller, state)) return refuse("file.not-found");
    return accept<Why>({
      ...reason.value,
      number: state.number,
      department: state.item.department.uscc,
      division: state.item.division,
    });
  }
  const whose = applicantOf(caller, body.applicant);
  if (!whose.ok) return whose;
  if (!isOf(file, whose.value) || !isInMandate(caller, file.material?.itemCode)) return refuse("file.not-found");
  return accept<Why>({ purpose: "own-copy", ...(caller.helper && { officer: caller.helper }) });
};

/** The use is on record before the link exists. A link leads to clean files only: there is none into quarantine. */
export const downloadFileEndpoint = (deps: FilesDeps) =>
  endpoint(downloadFile, async ({ path, body, caller }) => {
    const { files, bytes, now } = deps;
    const file = await files.find(path.id);
    if (!file) return refuse("file.not-found");
    const reason = await reasonFor(deps, caller, file, body);
    if (!reason.ok) return reason;
    if (file.status !== "clean") return refuse("file.not-clean");
    const at = now();
    await files.recordReading({
      id: newId(),
      of: file.id,
      what: "file",
      at,
      client: caller.client,
      applicant: file.applicant,
      ...reason.value,
    });
    const { name, mediaType, bytes: size } = file.declared;
    return accept({ ...(await bytes.cleanLink(file, at, LINK_SECONDS)), name, mediaType, bytes: size });
  });

export const searchFilesEndpoint = ({ files, materials }: FilesDeps) =>
  endpoint(searchFiles, async ({ body, caller, query }) => {
    const whose = applicantOf(caller, body.applicant);
    if (!whose.ok) return whose;
    const { material } = body;
    const rules = material && (await materials.rulesOf(material.itemCode, material.material));
    if (material && !rules) return refuse("file.material-unknown");
    const page = await files.ofApplicant(whose.value, rules?.name, query);
    if (page === "bad-cursor") return refuse("request.bad-cursor");
    return accept(inMandate(caller, page));
  });
