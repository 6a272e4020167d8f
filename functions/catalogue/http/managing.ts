import * as z from "zod";
import { isOfDepartment } from "#shared/contracts/http/caller.ts";
import {
  checkDefinition,
  checkDraft,
  discardItemDraft,
  draftItem,
  listManagedItems,
  publishDraft,
  readItemLog,
  readManagedItem,
  resumeItem,
  retireItem,
  suspendItem,
} from "#shared/contracts/http/catalogue.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";
import { type Endpoint, endpoint } from "#shared/runtime/endpoint.ts";
import { checkItem } from "../check-item.ts";
import * as record from "../domain/item-record.ts";
import { isBlocking, type Problem, problemTexts } from "../domain/problems.ts";
import { acting, askedOf, type Deps, kept } from "./acting.ts";
import { pageOf, placeOf } from "./paging.ts";

/** What a command refuses that its route's contract names; anything else would be a fault of ours. */
const only = <T, E extends string, K extends E>(decision: Decision<T, E>, ...codes: K[]): Decision<T, K> => {
  if (decision.ok) return decision;
  if (!codes.includes(decision.refusal.code as K)) throw new Error(`unexpected refusal ${decision.refusal.code}`);
  return decision as Decision<T, K>;
};

export const reportOf = (problems: readonly Problem[]) => ({
  publishable: !problems.some(isBlocking),
  problems: problems.map(({ code, detail }) => ({ code, detail, ...problemTexts[code] })),
});

const Before = z.strictObject({ before: z.int().positive() });

export const managingEndpoints = (deps: Deps): Endpoint[] => {
  const check = checkItem(deps);
  return [
    endpoint(listManagedItems, async ({ caller, query: { cursor, limit } }) => {
      if (caller.department === undefined || caller.division === undefined) return refuse("item.not-yours");
      const place = placeOf(cursor, caller.division);
      if (!place) return refuse("request.bad-cursor");
      return accept(
        pageOf(await deps.items.ofDepartment(caller.department, { within: caller.division, ...place, limit })),
      );
    }),

    endpoint(readManagedItem, async (request) => {
      const found = await kept(deps, request);
      if (!found.ok) return found;
      const { division, latest, draft, scheduled, standing } = found.value;
      const inForce = record.inForce(found.value);
      return accept({
        ...record.receiptOf(found.value),
        division,
        latest,
        ...(draft && { definition: draft.definition }),
        ...(inForce && { inForce }),
        ...(scheduled && { upcoming: scheduled }),
        ...("since" in standing && { since: standing.since, reason: standing.reason }),
      });
    }),

    endpoint(draftItem, async ({ caller, path, body: { definition, reason }, ifMatch }) => {
      if (definition.code !== path.code) return refuse("item.code-differs");
      const owner = { department: definition.department.uscc, division: definition.division };
      const before = await deps.items.find(path.code);
      if (!isOfDepartment(caller, before ?? owner) || !isOfDepartment(caller, owner)) return refuse("item.not-yours");
      if (ifMatch !== undefined && ifMatch !== before?.revision) return refuse("request.stale");
      const decision = record.draftItem(before, definition, askedOf(deps.now, caller, reason));
      if (!decision.ok)
        return decision.refusal.code === "item.unchanged" && before
          ? accept(record.receiptOf(before))
          : only(decision, "item.retired", "item.owner-fixed");
      await deps.items.save(decision.value);
      return accept(record.receiptOf(decision.value.after));
    }),

    endpoint(discardItemDraft, async (request) =>
      only(
        await acting(deps, discardItemDraft.operation, request, record.discardDraft),
        "item.not-found",
        "item.not-yours",
        "item.not-drafted",
        "request.key-reused",
        "request.stale",
      ),
    ),

    endpoint(checkDefinition, async ({ body }) => accept(reportOf(await check(body.definition)))),

    endpoint(checkDraft, async (request) => {
      const found = await kept(deps, request);
      if (!found.ok) return found;
      const { draft } = found.value;
      if (!draft) return refuse("item.not-drafted");
      const report = reportOf(await check(draft.definition));
      if (!report.publishable) return accept({ ...report, item: record.receiptOf(found.value) });
      const decision = record.passChecks(found.value, askedOf(deps.now, request.caller, undefined));
      if (decision.ok) await deps.items.save(decision.value);
      return accept({ ...report, item: record.receiptOf(decision.ok ? decision.value.after : found.value) });
    }),

    endpoint(publishDraft, async (request) =>
      only(
        await acting<record.RecordRefusal | "item.checks-failed">(
          deps,
          publishDraft.operation,
          request,
          async (before, asked) => {
            const decision = record.publishDraft(before, asked);
            if (!decision.ok || !before.draft) return decision;
            const failed = (await check(before.draft.definition)).filter(isBlocking);
            return failed.length > 0
              ? refuse("item.checks-failed", [...new Set(failed.map(({ code }) => code))].join(", "))
              : decision;
          },
        ),
        "item.not-found",
        "item.not-yours",
        "item.retired",
        "item.not-drafted",
        "item.not-checked",
        "item.checks-failed",
        "item.unchanged",
        "request.key-reused",
        "request.stale",
      ),
    ),

    endpoint(suspendItem, async (request) => {
      const { reason } = request.body;
      return only(
        await acting(deps, suspendItem.operation, request, (before, asked) =>
          record.suspendItem(before, { ...asked, reason }),
        ),
        "item.not-found",
        "item.not-yours",
        "item.not-in-force",
        "request.key-reused",
        "request.stale",
      );
    }),

    endpoint(resumeItem, async (request) =>
      only(
        await acting(deps, resumeItem.operation, request, record.resumeItem),
        "item.not-found",
        "item.not-yours",
        "item.not-suspended",
        "request.key-reused",
        "request.stale",
      ),
    ),

    endpoint(retireItem, async (request) => {
      const { reason } = request.body;
      return only(
        await acting(deps, retireItem.operation, request, (before, asked) =>
          record.retireItem(before, { ...asked, reason }),
        ),
        "item.not-found",
        "item.not-yours",
        "item.not-in-force",
        "item.retired",
        "request.key-reused",
        "request.stale",
      );
    }),

    endpoint(readItemLog, async (request) => {
      const found = await kept(deps, request);
      if (!found.ok) return found;
      const { cursor, limit } = request.query;
      const after = cursor === undefined ? undefined : Before.safeParse(positionOf(cursor));
      if (after && !after.success) return refuse("request.bad-cursor");
      const page = await deps.items.log(request.path.code, { before: after?.data.before, limit });
      return accept({ items: page.items, ...(page.next && { next: cursorOf({ before: page.next }) }) });
    }),
  ];
};
