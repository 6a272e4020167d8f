import { beforeEach, describe, expect, it } from "vitest";
import type { Accounts } from "#functions/identity/accounts/accounts.ts";
import { outsideSignIn } from "#functions/identity/upstreams/outside-sign-in.ts";
import { sealedCookies } from "#functions/identity/upstreams/sealed-cookies.ts";
import { memorySpentMarks } from "#functions/identity/upstreams/spent-marks.ts";
import type { OutsideSignIn, Ticket, UpstreamIdentity } from "#functions/identity/upstreams/upstreams.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { outsideBrowser } from "#test/support/outside-browser.ts";

const CITY = "https://city.example";
const ring = { id: "k1", key: "k".repeat(64), previous: [] };
const origin = { source: "192.0.2.1" };
const instant = "2026-11-27T08:00:00.000Z";

const liang: UpstreamIdentity = {
  upstream: "province",
  subject: "gd-0001",
  name: "梁一门",
  idNumber: "449900198504120010",
  assurance: 3,
  rawLevel: "L3",
};

let now: number;
let coming: UpstreamIdentity;
let tickets: Ticket[];
let calls: number;
let links: unknown[];
let linked: Awaited<ReturnType<Accounts["linkUpstream"]>>;
let outside: OutsideSignIn;

const upstream = (name: string) => ({
  name,
  label: name,
  stateParameter: "state",
  async start(ticket: Ticket) {
    tickets.push(ticket);
    return accept(new URL(`https://${name}.example/authorize?state=${ticket.state}`));
  },
  async finish() {
    calls += 1;
    return accept({ ...coming, upstream: name });
  },
});

beforeEach(() => {
  now = Date.parse(instant);
  coming = liang;
  tickets = [];
  calls = 0;
  links = [];
  linked = accept({ person: "P1", assurance: { level: 3, method: "upstream", at: instant }, amr: ["fed"] });
  outside = outsideSignIn({
    upstreams: [upstream("province"), upstream("other")],
    staffChat: {
      start: (state) => new URL(`https://chat.example/?state=${state}`),
      async member(code) {
        calls += 1;
        return code === "good" ? accept("s440600-011") : refuse("staff-sign-in.code-invalid");
      },
    },
    accounts: {
      async linkUpstream(link) {
        links.push(link);
        return linked;
      },
      staffClaims: async (staff) =>
        staff === "s440600-011"
          ? { sub: `staff:${staff}`, staff, roles: "clerk", department: "D", division: "440600", acr: "2" }
          : undefined,
    },
    cookies: sealedCookies(ring, true, () => now),
    spent: memorySpentMarks(),
    publicUrl: CITY,
    now: () => now,
  });
});

/** Sets out and comes back, in one browser. */
const setOut = async (returnTo = "/interaction/u1", person?: string, name = "province") => {
  const browser = outsideBrowser();
  const start = await outside.startUpstream({ upstream: name, returnTo, person });
  if (!start.ok) throw new Error(start.refusal.code);
  browser.keep(CITY, start.cookies);
  const state = new URL(start.location).searchParams.get("state");
  const back = (more: { state?: string | null; cookies?: string[]; upstream?: string; query?: string } = {}) => {
    const callback = new URL(`${CITY}/account/upstreams/${more.upstream ?? name}/callback`);
    return outside.finishUpstream({
      upstream: more.upstream ?? name,
      rawQueryString: more.query ?? `code=c&state=${more.state ?? state}`,
      cookies: more.cookies ?? browser.cookiesFor(callback),
      origin,
    });
  };
  return { browser, start, state, back };
};

const codeOf = (answer: { ok: true } | { ok: false; refusal: { code: string } }) =>
  answer.ok ? "ok" : answer.refusal.code;

describe("coming back from an upstream", () => {
  it("leads to the page that was wanted, which alone learns who it is, once", async () => {
    const { browser, back } = await setOut();
    const came = await back();
    if (!came.ok) throw new Error(came.refusal.code);
    expect(came.location).toBe("/interaction/u1");
    browser.keep(CITY, came.cookies);
    expect(links).toEqual([{ upstream: "province", name: "梁一门", idNumber: "449900198504120010", assurance: 3 }]);
    expect(browser.cookiesFor(new URL(`${CITY}/account`))).toEqual([]);
    const cookies = browser.cookiesFor(new URL(`${CITY}/interaction/u1`));
    expect(await outside.arrival({ rawPath: "/interaction/u2", cookies })).toBeUndefined();
    expect(await outside.arrival({ rawPath: "/interaction/u1", cookies })).toMatchObject({
      who: { kind: "person", person: "P1", acr: "3", amr: ["fed"], upstream: "province" },
    });
    expect(await outside.arrival({ rawPath: "/interaction/u1", cookies })).toBeUndefined();
  });

  it("keeps nothing personal where browsers and proxies write it down", async () => {
    const { start, back } = await setOut();
    const came = await back();
    const seen = JSON.stringify([start, came]);
    const [ticket] = tickets;
    for (const secret of ["梁一门", "449900198504120010", "gd-0001", ticket?.verifier, ticket?.nonce])
      expect(seen).not.toContain(secret);
  });

  it("binds its cookies to this site's own navigation, unreadable for scripts", async () => {
    const { start } = await setOut();
    expect(start.cookies).toEqual([
      expect.stringMatching(
        /^yimen-upstream=[\w.-]+; Path=\/account\/upstreams\/province; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
      ),
    ]);
  });

  it("works once: a replayed state is refused before the upstream is asked", async () => {
    const { browser, back } = await setOut();
    const cookies = browser.cookiesFor(new URL(`${CITY}/account/upstreams/province/callback`));
    expect(codeOf(await back({ cookies }))).toBe("ok");
    expect(codeOf(await back({ cookies }))).toBe("upstream.state-invalid");
    expect(calls).toBe(1);
  });

  it("works once even for two at the same instant", async () => {
    const { back } = await setOut();
    const codes = await Promise.all([back(), back(), back()]);
    expect(codes.map(codeOf).sort()).toEqual(["ok", "upstream.state-invalid", "upstream.state-invalid"]);
  });

  it.each([
    ["without the cookie", { cookies: [] }],
    ["with another state", { state: "another" }],
    ["without a state", { query: "code=c" }],
    ["through another upstream's door", { upstream: "other" }],
    ["with a cookie of our making no longer", { cookies: ["yimen-upstream=eyJhbGciOiJub25lIn0.e30."] }],
  ])("is refused %s", async (_, more) => {
    const { back } = await setOut();
    expect(codeOf(await back(more))).toBe("upstream.state-invalid");
    expect(calls).toBe(0);
  });

  it("is refused through another upstream's door even if the browser brings the cookie there", async () => {
    const { browser, back } = await setOut();
    const cookies = browser.cookiesFor(new URL(`${CITY}/account/upstreams/province/callback`));
    expect(codeOf(await back({ upstream: "other", cookies }))).toBe("upstream.state-invalid");
    expect(calls).toBe(0);
  });

  it("is refused with two states, of which one is ours", async () => {
    const { state, back } = await setOut();
    expect(codeOf(await back({ query: `code=c&state=${state}&state=evil` }))).toBe("upstream.state-invalid");
  });

  it("is refused in a browser that set out itself, but for another sign-in: nobody is signed in as somebody else", async () => {
    const attacker = await setOut();
    const victim = await setOut();
    expect(codeOf(await victim.back({ state: attacker.state }))).toBe("upstream.state-invalid");
  });

  it("is refused after ten minutes", async () => {
    const { back } = await setOut();
    now += 600_001;
    expect(codeOf(await back())).toBe("upstream.state-invalid");
  });

  it("takes a cookie of one kind for no other, and no altered one", async () => {
    const cookies = sealedCookies(ring, true, () => now);
    const [one, other] = [
      { name: "one", seconds: 60 },
      { name: "other", seconds: 60 },
    ];
    const value = (await cookies.seal(one, "/", { jti: "j" })).split(/[=;]/)[1] ?? "";
    expect(await cookies.open(one, [`a=b; one=${value}`])).toMatchObject({ jti: "j" });
    expect(await cookies.open(other, [`other=${value}`])).toBeUndefined();
    expect(await cookies.open(one, [`one=${value.slice(0, -6)}AAAAAA`])).toBeUndefined();
    now += 60_001;
    expect(await cookies.open(one, [`one=${value}`])).toBeUndefined();
  });

  it("still opens what a previous key sealed", async () => {
    const { browser, state } = await setOut();
    const rotated = outsideSignIn({
      upstreams: [upstream("province")],
      accounts: { linkUpstream: async () => linked, staffClaims: async () => undefined },
      cookies: sealedCookies({ id: "k2", key: "n".repeat(64), previous: [ring] }, true, () => now),
      spent: memorySpentMarks(),
      publicUrl: CITY,
      now: () => now,
    });
    const cookies = browser.cookiesFor(new URL(`${CITY}/account/upstreams/province/callback`));
    const visit = { upstream: "province", rawQueryString: `code=c&state=${state}`, cookies, origin };
    expect(codeOf(await rotated.finishUpstream(visit))).toBe("ok");
  });
});

describe("an account", () => {
  it.each([0, 1] as const)("is not opened by an upstream that vouches only with assurance %i", async (assurance) => {
    coming = { ...liang, assurance };
    const { back } = await setOut();
    expect(codeOf(await back())).toBe("upstream.assurance-too-low");
    expect(links).toEqual([]);
  });

  it.each([
    ["upstream.name-differs", "upstream.name-differs"],
    ["person.invalid-id-number", "upstream.id-number-invalid"],
    ["person.guardian-needed", "upstream.guardian-needed"],
    ["identity.too-many-attempts", "identity.too-many-attempts"],
  ] as const)("refused with %s is told as %s, with the way back", async (code, told) => {
    linked = refuse(code);
    const { back } = await setOut();
    expect(await back()).toMatchObject({ ok: false, refusal: { code: told }, returnTo: "/interaction/u1" });
  });

  it("is linked for nobody but the person who is signed in and set out", async () => {
    linked = refuse("upstream.another-person");
    const { back } = await setOut("/interaction/u1", "P1");
    expect(codeOf(await back())).toBe("upstream.another-person");
    expect(links).toMatchObject([{ signedIn: "P1" }]);
  });
});

describe("the way back", () => {
  it.each([
    ["/interaction/abc-DEF_1", "/interaction/abc-DEF_1"],
    ["/account/mandates?show=all", "/account/mandates?show=all"],
    ["", "/account"],
    ["https://evil.example/account", "/account"],
    ["//evil.example/account", "/account"],
    ["/\\evil.example/account", "/account"],
    ["/account/..//evil.example", "/account"],
    ["/account/%2e%2e/%2e%2e//evil.example", "/account"],
    ["/accounts", "/account"],
    ["/oidc/auth?client_id=x", "/account"],
    ["javascript:alert(1)", "/account"],
    ["/account/upstreams/province/start", "/account"],
    ["/account/x/../upstreams/province/start", "/account"],
    ["/account/\r\nSet-Cookie: a=b", "/account"],
    [`/account/${"a".repeat(600)}`, "/account"],
  ])("%j leads to %s", async (returnTo, expected) => {
    const { back } = await setOut(returnTo);
    const came = await back();
    expect(came).toMatchObject({ ok: true, location: expected });
  });
});

describe("staff", () => {
  const setOutStaff = async (code: string | undefined) => {
    const browser = outsideBrowser();
    const start = await outside.startStaffSignIn({ returnTo: "/interaction/s1" });
    if (!start.ok) throw new Error(start.refusal.code);
    browser.keep(CITY, start.cookies);
    const state = new URL(start.location).searchParams.get("state");
    const cookies = browser.cookiesFor(new URL(`${CITY}/account/staff/wecom/callback`));
    const rawQueryString = `${code ? `code=${code}&` : ""}state=${state}`;
    return { browser, back: () => outside.finishStaffSignIn({ rawQueryString, cookies }) };
  };

  it("arrive as the member the chat knows, once", async () => {
    const { browser, back } = await setOutStaff("good");
    const came = await back();
    if (!came.ok) throw new Error(came.refusal.code);
    browser.keep(CITY, came.cookies);
    const cookies = browser.cookiesFor(new URL(`${CITY}/interaction/s1`));
    expect(await outside.arrival({ rawPath: "/interaction/s1", cookies })).toMatchObject({
      who: { kind: "staff", staff: "s440600-011", acr: "2", amr: ["fed"] },
    });
    expect(codeOf(await back())).toBe("staff-sign-in.state-invalid");
  });

  it("are refused with a bad code, and may go away", async () => {
    expect(codeOf(await (await setOutStaff("bad")).back())).toBe("staff-sign-in.code-invalid");
    expect(codeOf(await (await setOutStaff(undefined)).back())).toBe("staff-sign-in.declined");
  });

  it("cannot use a citizen's departure", async () => {
    const { browser, state } = await setOut();
    const [cookie = ""] = browser.cookiesFor(new URL(`${CITY}/account/upstreams/province/callback`));
    const renamed = cookie.replace("yimen-upstream=", "yimen-staff-sign-in=");
    const answer = await outside.finishStaffSignIn({ rawQueryString: `code=good&state=${state}`, cookies: [renamed] });
    expect(codeOf(answer)).toBe("staff-sign-in.state-invalid");
  });
});
