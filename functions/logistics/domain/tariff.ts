import type { DivisionCode } from "#shared/kernel/divisions.ts";
import type { Fen } from "#shared/kernel/fen.ts";
import type { CarrierCode } from "./carriers.ts";

/** Carriage of one document parcel in fen, by how far it goes. */
export interface Rates {
  readonly city: Fen;
  readonly province: Fen;
  readonly country: Fen;
}

export interface Tariff {
  /** True while nobody has entered what the carriers really ask. */
  readonly assumed: boolean;
  readonly default: Rates;
  readonly carriers?: Readonly<Partial<Record<CarrierCode, Rates>>> | undefined;
}

/** By the first digits of the division codes (GB/T 2260): four are the city's, two the province's. */
const reachOf = (from: DivisionCode, to: DivisionCode): keyof Rates => {
  if (from.slice(0, 4) === to.slice(0, 4)) return "city";
  return from.slice(0, 2) === to.slice(0, 2) ? "province" : "country";
};

export const carriage = (tariff: Tariff, carrier: CarrierCode, from: DivisionCode, to: DivisionCode): Fen =>
  (tariff.carriers?.[carrier] ?? tariff.default)[reachOf(from, to)];
