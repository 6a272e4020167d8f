import { submitApplication } from "#shared/contracts/http/applications.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { submit } from "../domain/application.ts";
import type { Items } from "../domain/ports.ts";
import { answeredBefore, commandOf, type Deps, lastReceipt, scopedKey } from "./acting.ts";

/** One conditional write. The id is made of the client and its key, so that a retry meets what it created. */
export const submitApplicationEndpoint = (deps: Deps & { items: Items }) =>
  endpoint(submitApplication, async (request) => {
    const { body, caller, key } = request;
    const id = derivedId("application", caller.client, key);
    const asked = commandOf(submitApplication.operation, request, deps.now());

    const before = async () => {
      const existing = await deps.applications.find(id);
      return existing && answeredBefore(existing, asked);
    };

    const rules = await deps.items.inForce(body.itemCode);
    const decision = rules
      ? submit(id, rules, body, { ...asked, key: scopedKey(caller.client, key) })
      : refuse("application.item-not-found");
    // The item may have changed since the first time; what was answered then still stands.
    if (!decision.ok) return (await before()) ?? decision;
    try {
      await deps.applications.save(decision.value);
      return accept(lastReceipt(decision.value.state));
    } catch (error) {
      const answered = error instanceof StaleVersionError ? await before() : undefined;
      if (!answered) throw error;
      return answered;
    }
  });
