import * as z from "zod";
import type { Scope } from "./scopes.ts";

export type RefusalStatus = 400 | 401 | 403 | 404 | 405 | 409 | 412 | 413 | 415 | 422 | 429 | 500 | 503;

/** How a refusal is told: its HTTP status and one sentence in each language people read. */
export interface RefusalText {
  readonly status: RefusalStatus;
  readonly zh: string;
  readonly en: string;
}

export interface RouteSpec<P, Q, B, S, E extends string> {
  /** The operationId, and the key under which the typed client offers it. */
  readonly operation: string;
  readonly tag: string;
  readonly summary: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: `/${string}`;
  /** All of them are needed; none means that the route is public. */
  readonly scopes: readonly Scope[];
  readonly pathParams?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  /** Creating and acting requests carry an Idempotency-Key; a repeat answers the same and writes nothing. */
  readonly keyed?: boolean;
  readonly success: {
    readonly status: 200 | 201 | 204;
    readonly schema: z.ZodType<S>;
    /** Sent as ETag; the same value in If-Match guards a later change. */
    readonly version?: (view: S) => number;
  };
  /** Every refusal the handler can utter. One without a text does not compile. */
  readonly refusals: Readonly<Record<E, RefusalText>>;
}

/** The one source of the router, the CDK routes with their authorisation, the OpenAPI document and the typed client. */
export type Route<P = unknown, Q = unknown, B = unknown, S = unknown, E extends string = string> = Required<
  RouteSpec<P, Q, B, S, E>
>;

const nothing = z.undefined() as z.ZodType;

export const route = <S, E extends string, P = unknown, Q = unknown, B = undefined>(
  spec: RouteSpec<P, Q, B, S, E>,
): Route<P, Q, B, S, E> => ({
  ...spec,
  pathParams: spec.pathParams ?? (z.object({}) as unknown as z.ZodType<P>),
  query: spec.query ?? (z.object({}) as unknown as z.ZodType<Q>),
  body: spec.body ?? (nothing as z.ZodType<B>),
  keyed: spec.keyed ?? false,
});

/** A page of a list: opaque cursors, no counts. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    /** Give it as `cursor` to get the next page; absent on the last one. */
    next: z.string().optional(),
  });

export const PageQuery = z.object({
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
