import { completeFile, uploadFile } from "#shared/contracts/http/applications/materials.ts";
import type { Caller } from "#shared/contracts/http/caller.ts";
import { legalDate } from "#shared/kernel/clock.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { isResidentId, isUscc } from "#shared/kernel/identity-numbers.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { answeredBefore, keyed } from "#shared/kernel/keyed.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { Applicant } from "../../domain/application.ts";
import { isAtWindow } from "../../domain/change.ts";
import { applicantOf, isInMandate, statedApplicant } from "../../http/acting.ts";
import { findingOf } from "../check-upload.ts";
import {
  announce,
  arrive,
  type FileCommand,
  type FileReceipt,
  gradeOf,
  isOf,
  receiptOf,
  type StoredFile,
} from "../domain/file.ts";
import type { FilesDeps } from "./files-deps.ts";

const commandOf = (operation: string, caller: Caller, key: string, asked: unknown, at: string): FileCommand => ({
  at,
  ...keyed({ caller, key }, [operation, caller.person, caller.actFor, asked]),
});

const isValid = ({ kind, idNumber }: Applicant, at: string): boolean =>
  kind === "natural" ? isResidentId(idNumber, legalDate(at)) : isUscc(idNumber);

/** One conditional write, and a link that takes exactly what was announced. The id is made of the client and its key. */
export const uploadFileEndpoint = ({ files, bytes, materials, now }: FilesDeps) =>
  endpoint(uploadFile, async ({ body, caller, key }) => {
    const whose = statedApplicant(caller, body.applicant);
    if (!whose.ok) return whose;
    const id = derivedId("file", caller.client, caller.person ?? "", key);
    const command = commandOf(uploadFile.operation, caller, key, body, now());

    const withLink = async (file: StoredFile, receipt: FileReceipt) =>
      accept({ ...receipt, upload: await bytes.uploadLink(file) });
    const before = async () => {
      const existing = await files.find(id);
      const answered = existing && answeredBefore(existing, command);
      if (!existing || !answered) return undefined;
      return answered.ok ? withLink(existing, answered.value) : answered;
    };
    const decide = async () => {
      if (!isValid(whose.value, command.at)) return refuse("application.invalid-id-number");
      const { material, name, mediaType, bytes: size, sha256 } = body;
      if (!isInMandate(caller, material?.itemCode)) return refuse("file.material-unknown");
      const rules = material && (await materials.rulesOf(material.itemCode, material.material));
      if (material && !rules) return refuse("file.material-unknown");
      return announce(
        id,
        {
          applicant: whose.value,
          declared: { name, mediaType, bytes: size, sha256 },
          grade: gradeOf(isAtWindow(caller), body.original),
          by: {
            client: caller.client,
            ...(caller.channel && { channel: caller.channel }),
            ...(caller.helper && { officer: caller.helper }),
          },
        },
        rules,
        command,
      );
    };

    const decision = await decide();
    // The item may have changed since the first time; what was answered then still stands.
    if (!decision.ok) return (await before()) ?? decision;
    try {
      await files.save(decision.value);
      return await withLink(decision.value.state, receiptOf(decision.value.state));
    } catch (error) {
      const answered = error instanceof StaleVersionError ? await before() : undefined;
      if (!answered) throw error;
      return answered;
    }
  });

/** Reads what has arrived through, so that a wrong file is refused while whoever sent it is still there. */
export const completeFileEndpoint = ({ files, bytes, inspector, now }: FilesDeps) =>
  endpoint(completeFile, async ({ path, body, caller, key }) => {
    const whose = applicantOf(caller, body.applicant);
    if (!whose.ok) return whose;
    const file = await files.find(path.id);
    if (!file || !isOf(file, whose.value) || !isInMandate(caller, file.material?.itemCode))
      return refuse("file.not-found");
    const command = commandOf(completeFile.operation, caller, key, [path, body], now());
    const before = answeredBefore(file, command);
    if (before) return before;

    const object = file.status === "uploading" ? await bytes.quarantined(file.id) : undefined;
    const decision = arrive(file, object && (await findingOf(object, inspector)), command);
    if (!decision.ok) {
      // The check may have come to its end, and emptied quarantine, since the row was read.
      const settled = await files.find(file.id);
      return settled && settled.status !== "uploading" ? accept(receiptOf(settled)) : decision;
    }
    const change = decision.value;
    if (change) await files.save(change);
    return accept(receiptOf(change?.state ?? file));
  });
