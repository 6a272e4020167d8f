import type { Clock } from "#shared/kernel/clock.ts";
import type { HttpResponse } from "#shared/runtime/endpoint.ts";
import type { Accounts, Origin } from "../accounts/accounts.ts";
import type { ClientStore } from "../domain/ports.ts";
import type { Interactions, Outcome, PendingInteraction, Prompt } from "../issuer/interactions.ts";
import type { OutsideSignIn } from "../upstreams/upstreams.ts";
import { type Shown, sentTo, shown } from "./answers.ts";
import { guarded, interactionOver, type PageRoute, type PageVisit } from "./router.ts";
import type { Steps } from "./steps.ts";

export interface PageParts {
  readonly accounts: Accounts;
  readonly interactions: Interactions;
  readonly outside: OutsideSignIn;
  /** For the names of those who looked at somebody's data. */
  readonly clients: Pick<ClientStore, "find">;
  readonly steps: Steps;
  readonly now: Clock;
  /** Our own, as the browser sees it: https://api.example.gov.cn */
  readonly origin: string;
}

export type Kept = Readonly<Record<string, unknown>>;

/** A visit of a browser that a client has sent, and what it was sent for. */
export interface InteractionVisit extends PageVisit {
  readonly pending: PendingInteraction;
  /** In seconds since 1970: before anything was looked at for this visit. */
  readonly began: number;
  /** Where the pages of this interaction are. */
  readonly base: string;
  /** For its forms. */
  readonly csrf: string;
  /** For limits and records. */
  readonly from: Origin;
  show(page: Omit<Shown, "formTargets">): HttpResponse;
  finish(outcome: Outcome, cookies?: readonly string[]): Promise<HttpResponse>;
  /** What an earlier page of this interaction has kept. */
  kept(): Promise<Kept>;
  /** On to another page of this interaction, with something kept for it. */
  goOn(page: string, state?: Kept): Promise<HttpResponse>;
}

const boundTo = ({ params }: PageVisit): string => `interaction:${params.uid}`;

/** A page that only makes sense while the client's request waits for one of these. Any other is sent to the page it needs. */
export const onInteraction =
  (
    { interactions, steps, now }: PageParts,
    prompts: readonly Prompt[],
    answer: (visit: InteractionVisit) => Promise<HttpResponse>,
  ): PageRoute["answer"] =>
  async (visit) => {
    const began = Math.floor(Date.parse(now()) / 1000);
    const pending = await interactions.pending(visit.request);
    if (!pending || pending.uid !== visit.params.uid) return interactionOver();
    const base = `/interaction/${pending.uid}`;
    if (!prompts.includes(pending.prompt)) return sentTo(base);
    return answer({
      ...visit,
      pending,
      began,
      base,
      csrf: visit.token(boundTo(visit)),
      from: { source: visit.address, ...(pending.client.channel && { channel: pending.client.channel }) },
      show: (page) => shown({ ...page, formTargets: pending.formTargets }),
      finish: async (outcome, cookies = []) => {
        const redirect = await interactions.finish(visit.request, outcome);
        return redirect
          ? sentTo(redirect.location, [...redirect.cookies, ...cookies, steps.drop(base)])
          : interactionOver();
      },
      kept: () => steps.read(visit.request, base),
      goOn: async (page, state) => sentTo(base + page, state ? [await steps.keep(base, state)] : []),
    });
  };

/** The same for a form. */
export const onInteractionForm = (...args: Parameters<typeof onInteraction>): PageRoute["answer"] =>
  guarded(boundTo, onInteraction(...args));

/** A text that an earlier page kept. */
export const keptText = (state: Kept, name: string): string => {
  const value = state[name];
  return typeof value === "string" ? value : "";
};

type Users = PendingInteraction["client"]["users"];
type Answer = (visit: InteractionVisit) => Promise<HttpResponse>;

/** Persons and staff sign in by different doors; the client's own says which. Makes the pages and forms behind one of them. */
export const signInDoor = (parts: PageParts, users: Users) => {
  const theirs =
    (answer: Answer): Answer =>
    async (visit) =>
      visit.pending.client.users === users ? answer(visit) : sentTo(visit.base);
  return {
    page: (path: string, answer: Answer): PageRoute => ({
      method: "GET",
      path: `/interaction/{uid}${path}`,
      answer: onInteraction(parts, ["sign-in"], theirs(answer)),
    }),
    form: (path: string, answer: Answer): PageRoute => ({
      method: "POST",
      path: `/interaction/{uid}${path}`,
      answer: onInteractionForm(parts, ["sign-in"], theirs(answer)),
    }),
  };
};
