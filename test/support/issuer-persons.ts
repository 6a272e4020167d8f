import type { Outcome, PendingInteraction } from "#functions/identity/issuer/interactions.ts";
import { ZHANG } from "./issuer-people.ts";
import { authorization, type IssuerStage, type Person } from "./issuer-stage.ts";

export const signIn = (acr: "1" | "2" = "2", person = ZHANG): Outcome => ({
  kind: "signed-in",
  subject: { kind: "person", person },
  acr,
  amr: ["pwd"],
  at: Math.floor(Date.now() / 1000),
});

/** Signs in, steps up to what is wanted, acts for themselves, agrees. */
export const willing: Person = (pending) => {
  switch (pending.prompt) {
    case "sign-in":
      return signIn();
    case "step-up":
      return { kind: "stepped-up", acr: pending.acr, amr: ["face"] };
    case "principal":
      return { kind: "principal", principal: { kind: "natural", id: ZHANG } };
    case "consent":
      return { kind: "consented" };
  }
};

export const noted = (person: Person = willing) => {
  const seen: PendingInteraction[] = [];
  return {
    seen,
    person: (pending: PendingInteraction) => {
      seen.push(pending);
      return person(pending);
    },
  };
};

export const untouched: Person = (pending) => {
  throw new Error(`nobody was to be asked, but ${pending.prompt} was`);
};

/** Signs in whichever kind of account the client wants, and answers nothing else. */
export const signsIn: Person = ({ prompt, client: { users } }) => {
  if (prompt !== "sign-in") return undefined;
  return users === "staff"
    ? { kind: "signed-in", subject: { kind: "staff", staff: "sd-zr-0102" }, acr: "2", amr: ["pwd"] }
    : signIn();
};

/** Signs in at a client of the issuer, and stops in front of nothing else. */
export const signedIn = async (
  stage: IssuerStage,
  id = "portal",
  parameters: Record<string, string> = {},
  browser = stage.browser(),
) => {
  const config = await stage.discover(id);
  const request = await authorization(config, parameters);
  const { at } = await browser.open(request.url, signsIn);
  return { config, browser, tokens: await request.done(at) };
};

export const nobody: Person = () => undefined;
