import { describe, expect, it } from "vitest";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { answeredBefore, keyed } from "#shared/kernel/keyed.ts";

const request = (client: string, key: string) => ({ caller: { client }, key });

describe("a keyed request", () => {
  it("is kept as rows hold it that were written long ago", () =>
    expect(keyed(request("channel-portal", "k-1"), ["pay", { id: "A" }, { way: "qr" }])).toEqual({
      key: "channel-portal/k-1",
      fingerprint: "4SFwHgGiv7GJydEhthF8Ft",
    }));

  it("is another one with the same key of another client", () =>
    expect(keyed(request("a", "k"), []).key).not.toBe(keyed(request("b", "k"), []).key));

  it("is told from what was asked, whatever the order of its members", () => {
    const of = (asked: unknown) => keyed(request("a", "k"), [asked]).fingerprint;
    expect(of({ a: 1, b: 2 })).toBe(of({ b: 2, a: 1 }));
    expect(of({ a: 1, b: 2 })).not.toBe(of({ a: 1, b: 3 }));
  });

  it("is answered as before, refused when it asks for something else, and new otherwise", () => {
    const state = { commands: [{ ...keyed(request("a", "k"), ["x"]), receipt: "first" }] };
    expect(answeredBefore(state, keyed(request("a", "k"), ["x"]))).toEqual(accept("first"));
    expect(answeredBefore(state, keyed(request("a", "k"), ["y"]))).toEqual(refuse("request.key-reused"));
    expect(answeredBefore(state, keyed(request("b", "k"), ["x"]))).toBeUndefined();
  });
});
