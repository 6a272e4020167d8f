import {
  ApplicationAcceptedV1,
  ApplicationDecidedV1,
  ApplicationSubmittedV1,
  StageDecidedV1,
} from "#shared/contracts/events/applications.ts";
import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import {
  acceptApplication,
  concludeApplication,
  decideStage,
  readPersonalData,
} from "#shared/contracts/http/applications.ts";
import { readItemVersion } from "#shared/contracts/http/catalogue/finding.ts";
import type { ApiAnswer, DepartmentApi } from "./department-api.ts";

export interface CaseOfficers {
  readonly accept: string;
  readonly handle: string;
  readonly approve: string;
}

type Stage = "handling" | "review" | "approval";

/** One thing the system did through the API, and what came of it. */
export interface Action {
  readonly at: string;
  readonly event: string;
  readonly case: string;
  readonly does: "understand" | "read-personal-data" | "accept" | "decide" | "conclude";
  /** `done`, the code of a refusal, or what went wrong. */
  readonly result: string;
}

/** Handles every case to its end: reads it, accepts it, approves each stage, concludes. */
export const caseWork = (api: DepartmentApi, officers: CaseOfficers) => {
  const done: Action[] = [];

  const record = (event: AnyEvent, does: Action["does"], result: unknown): void => {
    const text = result instanceof Error ? result.message : String(result);
    done.push({ at: new Date().toISOString(), event: event.id, case: event.subject, does, result: text });
  };

  const act = async (
    event: AnyEvent,
    does: Action["does"],
    call: (key: string) => Promise<ApiAnswer<unknown>>,
  ): Promise<void> => {
    try {
      const answer = await call(`${does}-${event.id}`.slice(0, 64));
      record(event, does, answer.ok ? "done" : answer.code);
    } catch (error) {
      record(event, does, error);
      throw error;
    }
  };

  /** Every check of the stage's approval form, answered with yes: this system finds nothing wrong. */
  const formOf = async (event: AnyEvent, stage: Stage): Promise<{ check: string; yes: boolean }[]> => {
    const { itemVersion } = ApplicationSubmittedV1.schema.shape.data.pick({ itemVersion: true }).parse(event.data);
    const item = await api(readItemVersion, { path: { code: event.itemcode ?? "", version: `${itemVersion}` } });
    if (!item.ok) throw new Error(`the item could not be read: ${item.code}`);
    return (item.value.stages.find(({ name }) => name === stage)?.checks ?? []).map(({ id }) => ({
      check: id,
      yes: true,
    }));
  };

  const decide = (event: AnyEvent, stage: Stage): Promise<void> =>
    act(event, "decide", async (key) =>
      api(decideStage, {
        path: { id: event.subject, stage },
        key,
        body: {
          outcome: "approve",
          reasons: [],
          answers: await formOf(event, stage),
          officer: stage === "approval" ? officers.approve : officers.handle,
        },
      }),
    );

  const handle = async (event: AnyEvent): Promise<void> => {
    const path = { id: event.subject };
    switch (event.type) {
      case ApplicationSubmittedV1.type: {
        const { data } = ApplicationSubmittedV1.schema.parse(event);
        const officer = officers.accept;
        const instant = data.handling === "instant";
        await act(event, "read-personal-data", () =>
          api(readPersonalData, { path, body: { purpose: "acceptance", officer } }),
        );
        return act(event, "accept", (key) =>
          api(acceptApplication, {
            path,
            key,
            body: { officer, ...(instant && { decision: { outcome: "approve" as const, reasons: [] } }) },
          }),
        );
      }
      case ApplicationAcceptedV1.type: {
        const { stage } = ApplicationAcceptedV1.schema.parse(event).data;
        return stage && decide(event, stage);
      }
      case StageDecidedV1.type:
        return decide(event, StageDecidedV1.schema.parse(event).data.nextStage);
      case ApplicationDecidedV1.type:
        return act(event, "conclude", (key) =>
          api(concludeApplication, { path, key, body: { officer: officers.handle } }),
        );
      default:
        return;
    }
  };

  return {
    done: done as readonly Action[],
    /** Does what the event asks for. Throws when that could not be done: the event must come again. */
    handle,
  };
};
