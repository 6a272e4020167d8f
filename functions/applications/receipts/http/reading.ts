import { downloadReceipt, listReceipts } from "#shared/contracts/http/applications/receipts.ts";
import type { Caller } from "#shared/contracts/http/caller.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { newId } from "#shared/kernel/ids.ts";
import { type Endpoint, endpoint } from "#shared/runtime/endpoint.ts";
import type { Applicant, Application } from "../../domain/application.ts";
import type { Applications } from "../../domain/ports.ts";
import { applicantOf, isInMandate, maySee, ofDepartment } from "../../http/acting.ts";
import type { FileReading, StoredFiles } from "../../materials/domain/ports.ts";
import { departmentsReason, LINK_SECONDS } from "../../materials/http/reading.ts";
import type { ReceiptBytes, Receipts } from "../domain/ports.ts";

interface Deps {
  readonly applications: Pick<Applications, "find">;
  readonly receipts: Receipts;
  readonly receiptBytes: ReceiptBytes;
  readonly files: Pick<StoredFiles, "recordReading">;
  readonly now: Clock;
}

type Whose = Pick<Applicant, "kind" | "idNumber">;

const isOf = ({ applicant }: Application, whose: Whose): boolean =>
  applicant.kind === whose.kind && applicant.idNumber === whose.idNumber;

const listReceiptsEndpoint = ({ applications, receipts }: Deps) =>
  endpoint(listReceipts, async ({ path, caller, query }) => {
    const state = await applications.find(path.id);
    if (!state || !maySee(caller, state)) return refuse("application.not-found");
    const page = await receipts.ofCase(state.id, query);
    return page === "bad-cursor" ? refuse("request.bad-cursor") : accept(page);
  });

type Why = Pick<FileReading, "purpose" | "officer" | "department" | "division">;
type Body = {
  readonly applicant?: Whose | undefined;
  readonly purpose?: string | undefined;
  readonly officer?: string | undefined;
};

const reasonFor = (caller: Caller, state: Application, body: Body) => {
  if (caller.department !== undefined) {
    if (!ofDepartment(caller, state)) return refuse("application.not-found");
    const reason = departmentsReason(caller, body);
    if (!reason.ok) return reason;
    return accept<Why>({
      ...reason.value,
      department: state.item.department.uscc,
      division: state.item.division,
    });
  }
  const whose = applicantOf(caller, body.applicant);
  if (!whose.ok) return whose;
  if (!isOf(state, whose.value) || !isInMandate(caller, state.item.code)) return refuse("application.not-found");
  return accept<Why>({ purpose: "own-copy", ...(caller.helper && { officer: caller.helper }) });
};

const downloadReceiptEndpoint = ({ applications, receipts, receiptBytes, files, now }: Deps) =>
  endpoint(downloadReceipt, async ({ path, body, caller }) => {
    const state = await applications.find(path.id);
    if (!state) return refuse("application.not-found");
    const reason = reasonFor(caller, state, body);
    if (!reason.ok) return reason;
    const receipt = await receipts.find(state.id, path.receipt);
    if (receipt?.id !== path.receipt) return refuse("receipt.not-found");
    const at = now();
    await files.recordReading({
      id: newId(),
      of: state.id,
      what: "receipt",
      at,
      client: caller.client,
      applicant: state.applicant,
      number: state.number,
      ...reason.value,
    });
    const link = await receiptBytes.link(receipt.id, at, LINK_SECONDS);
    return accept({ ...link, title: receipt.title, mediaType: "application/pdf", bytes: receipt.bytes });
  });

export const receiptEndpoints = (deps: Deps): readonly Endpoint[] => [
  listReceiptsEndpoint(deps),
  downloadReceiptEndpoint(deps),
];
