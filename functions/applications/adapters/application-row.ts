import { deflateRawSync, inflateRawSync } from "node:zlib";
import * as z from "zod";
import { endOfLegalDate } from "#shared/kernel/clock.ts";
import { positionOf } from "#shared/runtime/dynamo.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { type Applicant, type Application, dueBy, type Phase } from "../domain/application.ts";
import type { CaseSummary } from "../domain/ports.ts";

const StageName = z.enum(["handling", "review", "approval"]);
const Outcome = z.enum(["approved", "refused"]);
const Opinion = z.enum(["approve", "refuse"]);
const Deadline = z.object({ date: z.string(), provisional: z.boolean() });
const Channel = z.enum(["portal", "mobile", "terminal", "window", "hotline", "partner"]);
const Actor = z.object({ client: z.string(), channel: Channel.optional(), officer: z.string().optional() });
const Status = z.enum(["submitted", "declined", "accepted", "approved", "refused", "concluded", "withdrawn"]);

const PhaseState = z.discriminatedUnion("status", [
  z.object({ status: z.literal("submitted"), acceptBy: Deadline }),
  z.object({ status: z.literal("declined") }),
  z.object({
    status: z.literal("accepted"),
    stage: StageName,
    acceptedBy: Actor,
    promisedBy: Deadline,
    decideBy: Deadline,
  }),
  z.object({ status: Outcome, deliverBy: Deadline }),
  z.object({ status: z.literal("concluded"), outcome: Outcome }),
  z.object({ status: z.literal("withdrawn") }),
]) satisfies z.ZodType<Phase>;

const Case = z.object({
  id: z.string(),
  version: z.int().positive(),
  number: z.string(),
  item: z.object({
    code: z.string(),
    version: z.int(),
    name: z.string(),
    department: z.object({ uscc: z.string(), name: z.string() }),
    division: z.string(),
    handling: z.enum(["instant", "committed"]),
    limits: z.object({ statutory: z.int(), promised: z.int() }),
    stages: z.array(StageName),
  }),
  applicant: z.object({
    kind: z.enum(["natural", "legal"]),
    name: z.string(),
    idNumber: z.string(),
    phone: z.string().optional(),
    person: z.string().optional(),
  }),
  form: z.record(z.string(), z.unknown()),
  receivedAt: z.string(),
  timeline: z.array(
    z.object({
      at: z.string(),
      step: z.enum([
        "submitted",
        "accepted",
        "declined",
        "stage-decided",
        "approved",
        "refused",
        "concluded",
        "withdrawn",
      ]),
      stage: StageName.optional(),
      opinion: Opinion.optional(),
      by: Actor,
      reasons: z.array(z.string()).optional(),
    }),
  ),
  commands: z.array(
    z.object({
      key: z.string(),
      fingerprint: z.string(),
      receipt: z.object({
        id: z.string(),
        number: z.string(),
        status: Status,
        version: z.int(),
        stage: StageName.optional(),
        acceptBy: Deadline.optional(),
        promisedBy: Deadline.optional(),
        decideBy: Deadline.optional(),
        deliverBy: Deadline.optional(),
      }),
    }),
  ),
});

const State = z.intersection(Case, PhaseState) satisfies z.ZodType<Application>;

export const CASE = "case";

const Summary = z.object({
  pk: z.string(),
  number: z.string(),
  itemName: z.string(),
  status: Status,
  stage: StageName.optional(),
  receivedAt: z.string(),
  dueBy: z.string().optional(),
  provisional: z.boolean().optional(),
});

/** The attributes a list shows; the indexes project exactly these. */
export const summaryOf = (row: unknown): CaseSummary => {
  const { pk, number, itemName, status, stage, receivedAt, dueBy: date, provisional } = Summary.parse(row);
  return {
    id: pk,
    number,
    itemName,
    status,
    receivedAt,
    ...(stage && { stage }),
    ...(date && { dueBy: { date, provisional: provisional ?? false } }),
  };
};

const Position = z.object({ pk: z.string().min(1), at: z.string().min(1) });

/** Where a page of cases ended; undefined for a cursor that no list has given. */
export const pageEndOf = (cursor: string): z.infer<typeof Position> | undefined =>
  Position.safeParse(positionOf(cursor)).data;

/** Under which keys an applicant's cases may stand: the current one first, then those from before a rotation. */
export const applicantKeys = (
  cipher: FieldCipher,
  { kind, idNumber }: Pick<Applicant, "kind" | "idNumber">,
): readonly string[] => cipher.lookups(`${kind}:${idNumber}`, "applicant");

export const applicantKey = (cipher: FieldCipher, { kind, idNumber }: Pick<Applicant, "kind" | "idNumber">): string =>
  cipher.lookup(`${kind}:${idNumber}`, "applicant");

/**
 * A case as one row. In the clear stands only what lists show and indexes need; all else, compressed, is one sealed
 * attribute, so that a case with a 3 KB form stays below 4 write units.
 */
export const rowOf = (cipher: FieldCipher, state: Application) => {
  const due = dueBy(state);
  const sealed = cipher.seal(deflateRawSync(JSON.stringify(state)), placeOf(state.id));
  return {
    pk: state.id,
    sk: CASE,
    version: state.version,
    number: state.number,
    itemName: state.item.name,
    status: state.status,
    ...(state.status === "accepted" && { stage: state.stage }),
    receivedAt: state.receivedAt,
    ...(due && { dueBy: due.date, provisional: due.provisional }),
    applicantKey: applicantKey(cipher, state.applicant),
    receivedKey: `${state.receivedAt}#${state.id}`,
    ...(due && {
      worklistKey: state.item.department.uscc,
      division: state.item.division,
      dueKey: `${endOfLegalDate(due.date)}#${state.id}`,
    }),
    keyId: sealed.keyId,
    sealed: sealed.data,
  };
};

const Row = z.object({ pk: z.string(), keyId: z.string(), sealed: z.instanceof(Uint8Array) });

/** Throws when the row was altered or moved. */
export const stateOf = (cipher: FieldCipher, row: unknown): Application => {
  const { pk, keyId, sealed } = Row.parse(row);
  const plain = inflateRawSync(cipher.open({ keyId, data: sealed }, placeOf(pk)));
  return State.parse(JSON.parse(plain.toString("utf8")));
};

/** The place names the capability, not the table: a table restored from a backup has another name. */
const placeOf = (key: string) => ({ table: "applications", key, attribute: "sealed" });
