import { describe, expect, it } from "vitest";
import { memoryItems } from "#functions/applications/adapters/memory-items.ts";
import { onItemPublished } from "#functions/applications/consumers/on-item-published.ts";
import { ItemPublishedV1 } from "#shared/contracts/events/catalogue.ts";
import type { Item } from "#shared/contracts/http/catalogue/item.ts";
import { eventsOf } from "#shared/runtime/outbox.ts";
import { rules, stages } from "#test/support/applications.ts";
import { context, fromBus } from "#test/support/queue-events.ts";

const item = (version: number): Item => ({
  ...rules(),
  version,
  basicCode: rules().code.slice(19, 31),
  applicants: ["natural"],
  objects: ["1"],
  themes: [],
  kind: "07",
  level: "4",
  stages: [
    { name: "handling", title: "受理", role: "clerk", checks: [] },
    { name: "approval", title: "登簿", role: "approver", workingDays: 1, checks: [] },
  ],
  legalBasis: [],
  conditions: [],
  options: [],
  form: { type: "object" },
  materials: [],
  fees: [],
  specialProcedures: [],
  tacit: "none",
  effectiveFrom: "2026-11-22",
  result: { name: "不动产权证书" },
  deliverable: true,
  commitment: false,
  assumed: [],
  sources: [],
});

const published = (code: string, version: number) =>
  eventsOf({ source: "/catalogue", subject: code, version, at: "2026-11-22T02:00:00.000Z" }, [
    { contract: ItemPublishedV1, data: { code, version } },
  ])[0];

const { code } = rules();

describe("when an item is published", () => {
  const consumer = () => {
    const items = memoryItems();
    const readItem = async (_code: string, version: number) => {
      if (version === 9) throw new Error("the catalogue is away");
      return item(version);
    };
    return { items, handle: onItemPublished({ items, readItem }) };
  };

  it("what applications need of that version is kept, and no more", async () => {
    const { items, handle } = consumer();
    expect(await handle(fromBus(published(code, 3)), context)).toEqual({ batchItemFailures: [] });
    expect(await items.inForce(code)).toEqual(
      rules({
        version: 3,
        applicants: ["natural"],
        stages: stages("handling", "approval"),
        specialProcedures: [],
      }),
    );
  });

  it("an older version that is told later does not come back into force", async () => {
    const { items, handle } = consumer();
    await handle(fromBus(published(code, 3)), context);
    expect(await handle(fromBus(published(code, 2), published(code, 3)), context)).toEqual({ batchItemFailures: [] });
    expect((await items.inForce(code))?.version).toBe(3);
  });

  it("the message comes back when the catalogue does not answer, and only that one", async () => {
    const { items, handle } = consumer();
    expect(await handle(fromBus(published(code, 9), published(code, 4)), context)).toEqual({
      batchItemFailures: [{ itemIdentifier: "m0" }],
    });
    expect((await items.inForce(code))?.version).toBe(4);
  });
});
