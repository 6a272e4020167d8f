import { keepBasicItem, retireBasicItem } from "#shared/contracts/http/catalogue/managing.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { type Endpoint, endpoint } from "#shared/runtime/endpoint.ts";
import * as basic from "../domain/basic-item.ts";
import { actorOf, type Deps, keyedBy } from "./acting.ts";

type DirectoryDeps = Pick<Deps, "basics" | "now">;

const keepBasicItemEndpoint = ({ basics, now }: DirectoryDeps) =>
  endpoint(keepBasicItem, async ({ caller, path: { basicCode }, body: { reason, ...definition }, ifMatch }) => {
    const before = await basics.find(basicCode);
    const { department } = caller;
    if (department === undefined || (before && before.department !== department)) return refuse("basic-item.not-yours");
    if (ifMatch !== undefined && ifMatch !== before?.revision) return refuse("request.stale");
    const decision = basic.keepBasicItem(before, basicCode, definition, {
      at: now(),
      by: actorOf(caller),
      reason,
      department,
    });
    if (decision.ok) {
      await basics.save(decision.value);
      return accept(decision.value);
    }
    return before && decision.refusal.code === "basic-item.unchanged" ? accept(before) : refuse("basic-item.retired");
  });

const retireBasicItemEndpoint = ({ basics, now }: DirectoryDeps) =>
  endpoint(retireBasicItem, async (request) => {
    const { caller, path, body, ifMatch } = request;
    const before = await basics.find(path.basicCode);
    if (!before) return refuse("basic-item.not-found");
    if (caller.department === undefined || before.department !== caller.department)
      return refuse("basic-item.not-yours");
    const key = keyedBy(retireBasicItem.operation, request);
    if (before.key?.key === key.key)
      return before.key.print === key.print ? accept(before) : refuse("request.key-reused");
    if (ifMatch !== undefined && ifMatch !== before.revision) return refuse("request.stale");
    const decision = basic.retireBasicItem(before, { at: now(), by: actorOf(caller), reason: body.reason, key });
    if (!decision.ok) return refuse("basic-item.retired");
    await basics.save(decision.value);
    return accept(decision.value);
  });

/** The directory list is kept by the departments that entered its items; what the operator brought in, by the operator. */
export const keepingDirectoryEndpoints = (deps: DirectoryDeps): readonly Endpoint[] => [
  keepBasicItemEndpoint(deps),
  retireBasicItemEndpoint(deps),
];
