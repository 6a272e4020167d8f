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
} from "#shared/contracts/http/catalogue/managing.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";
import { type Endpoint, endpoint } from "#shared/runtime/endpoint.ts";
import { checkItem } from "../check-item.ts";
import * as record from "../domain/item-record.ts";
import { isBlocking, type Problem, problemTexts } from "../domain/problems.ts";
import { acting, askedOf, type Deps, kept } from "./acting.ts";
import { pageOf, placeOf } from "./paging.ts";

export const reportOf = (problems: readonly Problem[]) => ({
  publishable: !problems.some(isBlocking),
  problems: problems.map(({ code, detail }) => ({ code, detail, ...problemTexts[code] })),
});

const listManagedItemsEndpoint = ({ items }: Deps) =>
  endpoint(listManagedItems, async ({ caller, query: { cursor, limit } }) => {
    if (caller.department === undefined || caller.division === undefined) return refuse("item.not-yours");
    const place = placeOf(cursor, caller.division);
    if (!place) return refuse("request.bad-cursor");
    return accept(pageOf(await items.ofDepartment(caller.department, { within: caller.division, ...place, limit })));
  });

const readManagedItemEndpoint = (deps: Deps) =>
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
  });

const draftItemEndpoint = ({ items, now }: Deps) =>
  endpoint(draftItem, async ({ caller, path, body: { definition, reason }, ifMatch }) => {
    if (definition.code !== path.code) return refuse("item.code-differs");
    const owner = { department: definition.department.uscc, division: definition.division };
    const before = await items.find(path.code);
    if (!isOfDepartment(caller, before ?? owner) || !isOfDepartment(caller, owner)) return refuse("item.not-yours");
    if (ifMatch !== undefined && ifMatch !== before?.revision) return refuse("request.stale");
    const decision = record.draftItem(before, definition, askedOf(now, caller, reason));
    if (decision.ok) {
      await items.save(decision.value);
      return accept(record.receiptOf(decision.value.after));
    }
    const { code } = decision.refusal;
    if (code !== "item.unchanged") return refuse(code);
    if (!before) throw new Error("unchanged, and never drafted before");
    return accept(record.receiptOf(before));
  });

const discardItemDraftEndpoint = (deps: Deps) =>
  endpoint(discardItemDraft, (request) => acting(deps, discardItemDraft.operation, request, record.discardDraft));

const checkDefinitionEndpoint = (deps: Deps) => {
  const check = checkItem(deps);
  return endpoint(checkDefinition, async ({ body }) => accept(reportOf(await check(body.definition))));
};

const checkDraftEndpoint = (deps: Deps) => {
  const check = checkItem(deps);
  return endpoint(checkDraft, async (request) => {
    const found = await kept(deps, request);
    if (!found.ok) return found;
    const { draft } = found.value;
    if (!draft) return refuse("item.not-drafted");
    const report = reportOf(await check(draft.definition));
    if (!report.publishable) return accept({ ...report, item: record.receiptOf(found.value) });
    const decision = record.passChecks(found.value, askedOf(deps.now, request.caller, undefined));
    if (decision.ok) await deps.items.save(decision.value);
    return accept({ ...report, item: record.receiptOf(decision.ok ? decision.value.after : found.value) });
  });
};

const publishDraftEndpoint = (deps: Deps) => {
  const check = checkItem(deps);
  return endpoint(publishDraft, (request) =>
    acting(deps, publishDraft.operation, request, async (before, asked) => {
      const decision = record.publishDraft(before, asked);
      if (!decision.ok || !before.draft) return decision;
      const failed = (await check(before.draft.definition)).filter(isBlocking);
      return failed.length > 0
        ? refuse("item.checks-failed", [...new Set(failed.map(({ code }) => code))].join(", "))
        : decision;
    }),
  );
};

const suspendItemEndpoint = (deps: Deps) =>
  endpoint(suspendItem, (request) =>
    acting(deps, suspendItem.operation, request, (before, asked) =>
      record.suspendItem(before, { ...asked, reason: request.body.reason }),
    ),
  );

const resumeItemEndpoint = (deps: Deps) =>
  endpoint(resumeItem, (request) => acting(deps, resumeItem.operation, request, record.resumeItem));

const retireItemEndpoint = (deps: Deps) =>
  endpoint(retireItem, (request) =>
    acting(deps, retireItem.operation, request, (before, asked) =>
      record.retireItem(before, { ...asked, reason: request.body.reason }),
    ),
  );

const Before = z.strictObject({ before: z.int().positive() });

const readItemLogEndpoint = (deps: Deps) =>
  endpoint(readItemLog, async (request) => {
    const found = await kept(deps, request);
    if (!found.ok) return found;
    const { cursor, limit } = request.query;
    const after = cursor === undefined ? undefined : Before.safeParse(positionOf(cursor));
    if (after && !after.success) return refuse("request.bad-cursor");
    const page = await deps.items.log(request.path.code, { before: after?.data.before, limit });
    return accept({ items: page.items, ...(page.next && { next: cursorOf({ before: page.next }) }) });
  });

export const managingEndpoints = (deps: Deps): readonly Endpoint[] => [
  listManagedItemsEndpoint(deps),
  readManagedItemEndpoint(deps),
  draftItemEndpoint(deps),
  discardItemDraftEndpoint(deps),
  checkDefinitionEndpoint(deps),
  checkDraftEndpoint(deps),
  publishDraftEndpoint(deps),
  suspendItemEndpoint(deps),
  resumeItemEndpoint(deps),
  retireItemEndpoint(deps),
  readItemLogEndpoint(deps),
];
