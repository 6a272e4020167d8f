import type { Instant } from "#shared/kernel/clock.ts";
import type { DivisionCode } from "#shared/kernel/divisions.ts";
import type { Fen } from "#shared/kernel/fen.ts";
import type { CarrierCode } from "./carriers.ts";
import type { ApplicantReference } from "./case-facts.ts";
import type { ParcelState, Track } from "./track.ts";

export interface Address {
  readonly name: string;
  readonly phone: string;
  readonly division: DivisionCode;
  readonly region: string;
  readonly street: string;
}

export type Direction = "to-counter" | "to-applicant";

export interface Actor {
  readonly client: string;
  readonly channel?: string | undefined;
  readonly officer?: string | undefined;
}

/** Money that came for it; what went back is a negative amount. */
export interface Payment {
  /** The order's id, or the refund's. */
  readonly id: string;
  readonly amount: Fen;
  readonly at: Instant;
}

/** Who pays the carriage: the applicant on line beforehand, the receiver to the courier (到付), or the city. */
export type Fee =
  | { readonly kind: "online"; readonly total: Fen; readonly assumed: boolean }
  | { readonly kind: "on-delivery"; readonly total: Fen; readonly assumed: boolean }
  | { readonly kind: "free"; readonly total: 0; readonly assumed: boolean };

/** How its journey becomes known. */
export type Following =
  | { readonly by: "carrier" | "nobody" }
  | {
      readonly by: "kuaidi100";
      readonly state: "wanted" | "followed" | "aborted" | "refused";
      /** The carrier's code at the tracker, as the tracker corrected it. */
      readonly code: string;
      /** When it was subscribed: at most four times a month. */
      readonly subscriptions: readonly Instant[];
    };

export interface Parcel {
  readonly carrier: CarrierCode;
  readonly waybill: string;
  readonly sentAt: Instant;
  readonly sentBy: Actor;
  readonly following: Following;
  readonly track: Track;
  /** From when its silence is counted. */
  readonly heardAt: Instant;
  /** Ids of pushes that were parked before its number was known, and taken since: what came later is newer than they are. */
  readonly taken?: readonly string[] | undefined;
  /** It was never ours: a clerk had typed another parcel's number. */
  readonly mistyped?: true | undefined;
}

/** What a person of the department has to see to. */
export const ATTENTIONS = [
  "tracking-aborted",
  "tracking-refused",
  "problem",
  "not-moving",
  "delivery-withdrawn",
  "refused",
  "returned",
  "order-open",
] as const;
export type Attention = (typeof ATTENTIONS)[number];

export type DifferenceKind = "shipped-unpaid" | "paid-unshipped" | "fee-differs";

export interface Difference {
  readonly kind: DifferenceKind;
  readonly foundAt: Instant;
  /** Present when a person has said why; it is not raised again for the same amounts. */
  readonly resolved?:
    | { readonly at: Instant; readonly by: Actor; readonly reason: string; readonly paid: Fen }
    | undefined;
}

export type Status =
  | "awaiting-payment"
  | "awaiting-result"
  | "to-send"
  | "sent"
  | "delivered"
  | "returned"
  | "cancelled";

export interface Receipt {
  readonly id: string;
  readonly application: string;
  readonly direction: Direction;
  readonly status: Status;
  readonly fee?: Fen | undefined;
  readonly waybill?: string | undefined;
  readonly version: number;
}

interface Step {
  readonly at: Instant;
  readonly step:
    | "requested"
    | "ready"
    | "sent"
    | "cancelled"
    | "sent-again"
    | "waybill-corrected"
    | "settled"
    | "difference-resolved";
  readonly by?: Actor | undefined;
  readonly reason?: string | undefined;
}

export interface Facts {
  readonly id: string;
  readonly version: number;
  readonly application: string;
  /** Which of the case's shipments in this direction it is, from 0. */
  readonly serial: number;
  readonly number: string;
  readonly itemCode: string;
  readonly department: string;
  readonly division: DivisionCode;
  readonly direction: Direction;
  readonly applicant?: ApplicantReference | undefined;
  /** Gone some time after the shipment has ended. */
  readonly address?: Address | undefined;
  readonly carrier: CarrierCode;
  readonly fee: Fee;
  readonly payments: readonly Payment[];
  /** What is to be sent is there: the decision has been made. */
  readonly contentReady: boolean;
  readonly attentions: readonly Attention[];
  readonly difference?: Difference | undefined;
  readonly requestedAt: Instant;
  /** Parcels that came back and were sent again, and numbers that were typed wrongly. */
  readonly earlier: readonly Parcel[];
  readonly steps: readonly Step[];
  readonly commands: readonly { readonly key: string; readonly fingerprint: string; readonly receipt: Receipt }[];
}

export type Phase =
  | { readonly status: "awaiting-payment" | "awaiting-result" }
  /** `ordered`: the carrier that was asked to take it, before it was asked; it may have an order whatever came of it. */
  | { readonly status: "to-send"; readonly readyAt: Instant; readonly ordered?: CarrierCode | undefined }
  | { readonly status: "sent" | "delivered" | "returned"; readonly parcel: Parcel }
  | { readonly status: "cancelled"; readonly cancelledAt: Instant };

export type Shipment = Facts & Phase;
export type SentShipment = Facts & Extract<Phase, { parcel: Parcel }>;

export type ShipmentEvent =
  | { readonly type: "requested" | "ready" | "cancelled" | "attention-settled" }
  | { readonly type: "fee-due"; readonly total: Fen }
  | { readonly type: "sent"; readonly carrier: CarrierCode }
  | { readonly type: "moved"; readonly state: ParcelState }
  | { readonly type: "delivered"; readonly deliveredAt: Instant }
  | { readonly type: "returned"; readonly how: "refused" | "returned" }
  | { readonly type: "attention-needed"; readonly what: Attention }
  | { readonly type: "differs" | "difference-resolved"; readonly difference: DifferenceKind };

/** A state and what made it; to be written together. */
export interface Change {
  readonly state: Shipment;
  readonly at: Instant;
  readonly events: readonly ShipmentEvent[];
}

export interface Command {
  readonly at: Instant;
  readonly key: string;
  readonly fingerprint: string;
  readonly by: Actor;
}

const STEPS_KEPT = 100;
const COMMANDS_KEPT = 50;

export const hasParcel = (state: Shipment): state is SentShipment => "parcel" in state;

export const isOpen = ({ status }: Shipment): boolean => !["delivered", "returned", "cancelled"].includes(status);

/** Money on hand for it, refunds taken off. */
export const paidFor = ({ payments }: Pick<Shipment, "payments">): Fen =>
  payments.reduce((sum, { amount }) => sum + amount, 0);

export const isPaid = (state: Pick<Shipment, "payments" | "fee">): boolean =>
  state.fee.kind !== "online" || paidFor(state) >= state.fee.total;

const receiptOf = (state: Shipment): Receipt => ({
  id: state.id,
  application: state.application,
  direction: state.direction,
  status: state.status,
  ...(state.fee.kind === "online" && { fee: state.fee.total }),
  ...(hasParcel(state) && { waybill: state.parcel.waybill }),
  version: state.version,
});

export const withStep = (state: Shipment, step: Step): Shipment => ({
  ...state,
  steps: [...state.steps, step].slice(-STEPS_KEPT),
});

/** The same shipment in another phase. */
export const inPhase = (state: Shipment, phase: Phase): Shipment => {
  const {
    status: _status,
    parcel: _parcel,
    readyAt: _readyAt,
    ordered: _ordered,
    cancelledAt: _cancelledAt,
    ...facts
  }: Shipment & { parcel?: unknown; readyAt?: unknown; ordered?: unknown; cancelledAt?: unknown } = state;
  return { ...facts, ...phase };
};

/** The next version of a state. */
export const changed = (state: Shipment, at: Instant, events: readonly ShipmentEvent[]): Change => ({
  state: { ...state, version: state.version + 1 },
  at,
  events,
});

/** A change that a command made: its receipt is remembered with it. */
export const commanded = (change: Change, { key, fingerprint }: Command): Change => ({
  ...change,
  state: {
    ...change.state,
    commands: [...change.state.commands, { key, fingerprint, receipt: receiptOf(change.state) }].slice(-COMMANDS_KEPT),
  },
});

/** The phase of a shipment that nothing of its own holds back: what it waits for, or nothing. */
export const waiting = (
  state: Facts,
  at: Instant,
): Extract<Phase, { status: "awaiting-payment" | "awaiting-result" | "to-send" }> => {
  if (!isPaid(state)) return { status: "awaiting-payment" };
  if (!state.contentReady) return { status: "awaiting-result" };
  return { status: "to-send", readyAt: at };
};
