import type { Instant, LegalDate } from "#shared/kernel/clock.ts";
import type { ApplicantKind, FeeDue, ItemRules, Procedure, Situation, StageName } from "./item-rules.ts";
import type { Term } from "./term.ts";

export type Opinion = "approve" | "refuse";
export type Outcome = "approved" | "refused";

export interface Applicant {
  readonly kind: ApplicantKind;
  readonly name: string;
  readonly idNumber: string;
  readonly phone?: string | undefined;
  /** The account of a natural person in identity, when the channel knew it. */
  readonly person?: string | undefined;
}

/** Where an application came in (渠道). */
export type Channel = "portal" | "mobile" | "terminal" | "window" | "hotline" | "partner";

/** Who acted: the client, and as far as known the officer, or the person, by what right, and who helped at the counter. */
export interface Actor {
  readonly client: string;
  readonly channel?: Channel | undefined;
  readonly officer?: string | undefined;
  readonly person?: string | undefined;
  readonly ground?: string | undefined;
  readonly helper?: string | undefined;
}

/** The platform itself, where the law acts through the calendar or a payment comes in. */
export const platform: Actor = { client: "yimen" };

/** One line of an approval form. */
export interface Answer {
  readonly check: string;
  readonly yes: boolean;
  /** Of a "no": why, in law. */
  readonly reason?: string | undefined;
}

export const steps = [
  "submitted",
  "correction-requested",
  "corrected",
  "accepted",
  "declined",
  "claimed",
  "released",
  "stage-decided",
  "suspended",
  "resumed",
  "extended",
  "approved",
  "refused",
  "fee-settled",
  "material-supplied",
  "commitment-verified",
  "revoked",
  "concluded",
  "withdrawn",
  "lapsed",
  "reopened",
] as const;

export interface TimelineEntry {
  readonly at: Instant;
  readonly step: (typeof steps)[number];
  readonly by: Actor;
  readonly stage?: StageName | undefined;
  readonly opinion?: Opinion | undefined;
  readonly reasons?: readonly string[] | undefined;
  readonly answers?: readonly Answer[] | undefined;
  readonly procedure?: Procedure | undefined;
  readonly material?: string | undefined;
  /** By law and not by an officer: deemed acceptance, tacit decision. */
  readonly byLaw?: true | undefined;
  /** The complaint that had a case reopened. */
  readonly complaint?: string | undefined;
}

/** How a material is brought: a file, a licence, on paper, or later (容缺). */
export type Supply =
  /** `consent`: the version of the text by which a file of an earlier case is used again. */
  | { readonly file: string; readonly consent?: string | undefined }
  /** A licence that was issued here: the case in which it was. */
  | { readonly issued: string; readonly consent: string }
  /** A licence of another issuer, as the applicant states it: nobody here can verify it. */
  | { readonly licence: string }
  | { readonly onPaper: true }
  | { readonly deferred: true };
export type CaseMaterial = { readonly material: string } & Supply;

/** What is missing or wrong, told once and completely: a material, or a part of the form. */
export interface Defect {
  readonly material?: string | undefined;
  readonly field?: string | undefined;
  readonly what: string;
}

/** A fee of this case. It holds the case until it is settled. */
export interface CaseFee {
  readonly due: FeeDue;
  readonly charges: readonly {
    readonly name: string;
    readonly amount: number;
    readonly chargeItem?: string | undefined;
  }[];
  readonly total: number;
  readonly order?: string | undefined;
}

/** Decided first on a signed promise (告知承诺), looked into afterwards. */
export interface Commitment {
  readonly statement: string;
  /** The materials the promise stands for. */
  readonly instead: readonly string[];
  /** From the decision on. */
  readonly verifyBy?: Term | undefined;
  readonly found?: "kept" | "broken" | undefined;
}

export interface DeferredMaterial {
  readonly material: string;
  readonly days: number;
  /** From the acceptance on. */
  readonly by?: Term | undefined;
  readonly supplied?: true | undefined;
}

export interface Duplicate {
  readonly id: string;
  readonly number: string;
}

interface UnderWay {
  readonly stage: StageName;
  readonly acceptedBy: Actor;
  readonly promisedBy: Term;
  readonly decideBy: Term;
}

export type Phase =
  /** `since`: the receipt, that of what was missing, or the payment of the fee. `payBy`: a fee holds the acceptance, and no clock of the department runs. */
  | {
      readonly status: "submitted";
      readonly since: Instant;
      readonly acceptBy: Term;
      readonly payBy?: Term | undefined;
    }
  | { readonly status: "returned"; readonly correctBy: Term; readonly defects: readonly Defect[] }
  | { readonly status: "declined" }
  | ({ readonly status: "accepted" } & UnderWay)
  | ({
      readonly status: "suspended";
      readonly procedure: Procedure;
      readonly suspendedOn: LegalDate;
      readonly expectedBy: Term;
    } & UnderWay)
  /** `held`: a fee holds the issue, and the delivery's clock does not run. */
  | { readonly status: Outcome; readonly deliverBy: Term; readonly held?: true | undefined }
  | { readonly status: "concluded"; readonly outcome: Outcome }
  | { readonly status: "revoked" }
  | { readonly status: "withdrawn" }
  | { readonly status: "lapsed" };

export type Status = Phase["status"];
export type PhaseOf<S extends Status> = Extract<Phase, { readonly status: S }>;

export interface Application {
  readonly id: string;
  /** Counts the changes; the first is 1. */
  readonly version: number;
  /** Case number (办件编号), at most 50 characters: item code, legal date of receipt, serial. */
  readonly number: string;
  readonly item: Pick<ItemRules, "code" | "version" | "name" | "department" | "division" | "handling" | "licence">;
  readonly applicant: Applicant;
  readonly situation: Situation;
  readonly form: Readonly<Record<string, unknown>>;
  readonly materials: readonly CaseMaterial[];
  readonly receivedAt: Instant;
  readonly phase: Phase;
  readonly fees: readonly CaseFee[];
  readonly deferred: readonly DeferredMaterial[];
  readonly commitment?: Commitment | undefined;
  /** What was missing has been told; it is told once. */
  readonly corrected?: true | undefined;
  readonly extended?: true | undefined;
  /** The officer who has taken the current task. */
  readonly claimedBy?: string | undefined;
  /** Which warnings were given, each for one deadline on one day. */
  readonly raised: readonly string[];
  /** Not later than the next moment at which the calendar has something to say; the sweep looks then. */
  readonly wake?: Instant | undefined;
  /** Who did what, when and why; it only grows. */
  readonly timeline: readonly TimelineEntry[];
  /** The commands that made this state, so that a repeated one is answered as it was. */
  readonly commands: readonly CommandRecord[];
}

/** What a command answers. It is kept with the command. */
export interface Receipt {
  readonly id: string;
  readonly number: string;
  readonly status: Status;
  readonly version: number;
  readonly stage?: StageName | undefined;
  readonly acceptBy?: Term | undefined;
  readonly correctBy?: Term | undefined;
  readonly promisedBy?: Term | undefined;
  readonly decideBy?: Term | undefined;
  readonly expectedBy?: Term | undefined;
  readonly deliverBy?: Term | undefined;
  readonly payBy?: Term | undefined;
  readonly duplicates?: readonly Duplicate[] | undefined;
}

export interface CommandRecord {
  readonly key: string;
  readonly fingerprint: string;
  readonly receipt: Receipt;
}
