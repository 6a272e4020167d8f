import * as z from "zod";
import { type Application, type Status as CaseStatus, type Phase, steps } from "../domain/application.ts";

const StageName = z.enum(["handling", "review", "approval"]);
const Procedure = z.enum(["hearing", "inspection", "testing", "quarantine", "expert-review"]);
const Outcome = z.enum(["approved", "refused"]);
const Opinion = z.enum(["approve", "refuse"]);
const Flag = z.literal(true).optional();
const Term = z.object({ date: z.string(), provisional: z.boolean(), from: z.string(), days: z.int() });
const Channel = z.enum(["portal", "mobile", "terminal", "window", "hotline", "partner"]);
const Actor = z.object({
  client: z.string(),
  channel: Channel.optional(),
  officer: z.string().optional(),
  person: z.string().optional(),
  ground: z.string().optional(),
  helper: z.string().optional(),
});
const Defect = z.object({ material: z.string().optional(), field: z.string().optional(), what: z.string() });
const UnderWay = z.object({ stage: StageName, acceptedBy: Actor, promisedBy: Term, decideBy: Term });

const PhaseState = z.discriminatedUnion("status", [
  z.object({ status: z.literal("submitted"), since: z.string(), acceptBy: Term, payBy: Term.optional() }),
  z.object({ status: z.literal("returned"), correctBy: Term, defects: z.array(Defect) }),
  z.object({ status: z.literal("declined") }),
  UnderWay.extend({ status: z.literal("accepted") }),
  UnderWay.extend({
    status: z.literal("suspended"),
    procedure: Procedure,
    suspendedOn: z.string(),
    expectedBy: Term,
  }),
  z.object({ status: Outcome, deliverBy: Term, held: Flag }),
  z.object({ status: z.literal("concluded"), outcome: Outcome }),
  z.object({ status: z.enum(["revoked", "withdrawn", "lapsed"]) }),
]) satisfies z.ZodType<Phase>;

/** Written out: a list has only this of a case. */
export const Status = z.enum([
  "submitted",
  "returned",
  "declined",
  "accepted",
  "suspended",
  "approved",
  "refused",
  "concluded",
  "revoked",
  "withdrawn",
  "lapsed",
]) satisfies z.ZodType<CaseStatus>;

const Receipt = z.object({
  id: z.string(),
  number: z.string(),
  status: Status,
  version: z.int(),
  stage: StageName.optional(),
  acceptBy: Term.optional(),
  correctBy: Term.optional(),
  promisedBy: Term.optional(),
  decideBy: Term.optional(),
  expectedBy: Term.optional(),
  deliverBy: Term.optional(),
  payBy: Term.optional(),
  duplicates: z.array(z.object({ id: z.string(), number: z.string() })).optional(),
});

export const Applicant = z.object({
  kind: z.enum(["natural", "legal"]),
  name: z.string(),
  idNumber: z.string(),
  phone: z.string().optional(),
  person: z.string().optional(),
});

const Licence = z.object({ type: z.string(), years: z.int().optional() });

/** The state as it is stored; what it is, the domain says. */
export const State = z.object({
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
    licence: Licence.optional(),
  }),
  applicant: Applicant,
  situation: z.record(z.string(), z.string()),
  form: z.record(z.string(), z.unknown()),
  materials: z.array(
    z.intersection(
      z.object({ material: z.string() }),
      z.union([
        z.object({ file: z.string(), consent: z.string().optional() }),
        z.object({ issued: z.string(), consent: z.string() }),
        z.object({ licence: z.string() }),
        z.object({ onPaper: z.literal(true) }),
        z.object({ deferred: z.literal(true) }),
      ]),
    ),
  ),
  receivedAt: z.string(),
  phase: PhaseState,
  fees: z.array(
    z.object({
      due: z.enum(["acceptance", "issue"]),
      charges: z.array(z.object({ name: z.string(), amount: z.int(), chargeItem: z.string().optional() })),
      total: z.int(),
      order: z.string().optional(),
    }),
  ),
  deferred: z.array(z.object({ material: z.string(), days: z.int(), by: Term.optional(), supplied: Flag })),
  commitment: z
    .object({
      statement: z.string(),
      instead: z.array(z.string()),
      verifyBy: Term.optional(),
      found: z.enum(["kept", "broken"]).optional(),
    })
    .optional(),
  corrected: Flag,
  extended: Flag,
  claimedBy: z.string().optional(),
  raised: z.array(z.string()),
  timeline: z.array(
    z.object({
      at: z.string(),
      step: z.enum(steps),
      by: Actor,
      stage: StageName.optional(),
      opinion: Opinion.optional(),
      reasons: z.array(z.string()).optional(),
      answers: z.array(z.object({ check: z.string(), yes: z.boolean(), reason: z.string().optional() })).optional(),
      procedure: Procedure.optional(),
      material: z.string().optional(),
      byLaw: Flag,
      complaint: z.string().optional(),
    }),
  ),
  commands: z.array(z.object({ key: z.string(), fingerprint: z.string(), receipt: Receipt })),
}) satisfies z.ZodType<Omit<Application, "wake">>;
