import {
  acceptApplication,
  claimTask,
  concludeApplication,
  correctApplication,
  decideStage,
  declineApplication,
  extendApplication,
  releaseTask,
  reopenApplication,
  requestCorrection,
  resumeApplication,
  supplyMaterial,
  suspendApplication,
  verifyCommitment,
  withdrawApplication,
} from "#shared/contracts/http/applications.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import { acceptCase, declineCase } from "../domain/acceptance.ts";
import type { Application } from "../domain/application.ts";
import { claimTask as claim, releaseTask as release } from "../domain/claims.ts";
import { verifyCommitment as verify } from "../domain/commitments.ts";
import { concludeCase, withdrawCase } from "../domain/conclusion.ts";
import { requestCorrection as askForCorrection, correct } from "../domain/correction.ts";
import { supplyMaterial as supply } from "../domain/deferred-materials.ts";
import { deskOf, type Role, roleOf } from "../domain/desk.ts";
import { extendCase } from "../domain/extension.ts";
import { reopenCase } from "../domain/reopening.ts";
import { resumeCase, suspendCase } from "../domain/special-procedures.ts";
import { decideCaseStage } from "../domain/stages.ts";
import { actingForApplicant, actingOfficially, type Deps, knownOf } from "./acting.ts";

const anyOfficer = ["clerk", "officer", "approver"] as const satisfies Role[];

/** Whoever may do what the case waits for. */
const rolesAtDesk = (state: Application): readonly Role[] => {
  const desk = deskOf(state);
  return desk === undefined || desk === "waiting" ? anyOfficer : [roleOf(desk)];
};

export const acceptApplicationEndpoint = (deps: Deps) =>
  endpoint(acceptApplication, (request) =>
    actingOfficially(deps, acceptApplication.operation, request, {
      role: ["clerk"],
      decide: (state, given, command) => acceptCase(state, given, request.body.decision, command),
    }),
  );

export const declineApplicationEndpoint = (deps: Deps) =>
  endpoint(declineApplication, (request) =>
    actingOfficially(deps, declineApplication.operation, request, {
      role: ["clerk"],
      decide: (state, given, command) => declineCase(state, given, request.body.reasons, command),
    }),
  );

export const requestCorrectionEndpoint = (deps: Deps) =>
  endpoint(requestCorrection, (request) =>
    actingOfficially(deps, requestCorrection.operation, request, {
      role: ["clerk"],
      decide: (state, given, command) => askForCorrection(state, given, request.body.defects, command),
    }),
  );

export const decideStageEndpoint = (deps: Deps) =>
  endpoint(decideStage, (request) =>
    actingOfficially(deps, decideStage.operation, request, {
      role: [roleOf(request.path.stage)],
      decide: (state, given, command) =>
        decideCaseStage(
          state,
          given,
          request.path.stage,
          { ...request.body, answers: request.body.answers ?? [] },
          command,
        ),
    }),
  );

export const suspendApplicationEndpoint = (deps: Deps) =>
  endpoint(suspendApplication, (request) =>
    actingOfficially(deps, suspendApplication.operation, request, {
      role: ["officer", "approver"],
      decide: (state, given, command) => suspendCase(state, given, request.body.procedure, command),
    }),
  );

export const resumeApplicationEndpoint = (deps: Deps) =>
  endpoint(resumeApplication, (request) =>
    actingOfficially(deps, resumeApplication.operation, request, {
      role: ["officer", "approver"],
      decide: (state, given, command) => resumeCase(state, given, command),
    }),
  );

export const extendApplicationEndpoint = (deps: Deps) =>
  endpoint(extendApplication, (request) =>
    actingOfficially(deps, extendApplication.operation, request, {
      role: ["approver"],
      // The approver extends what an officer works on.
      ofAnyone: true,
      decide: (state, given, command) => extendCase(state, given, request.body.reason, command),
    }),
  );

export const verifyCommitmentEndpoint = (deps: Deps) =>
  endpoint(verifyCommitment, (request) =>
    actingOfficially(deps, verifyCommitment.operation, request, {
      role: ["officer"],
      decide: (state, given, command) => verify(state, given, request.body, command),
    }),
  );

export const concludeApplicationEndpoint = (deps: Deps) =>
  endpoint(concludeApplication, (request) =>
    actingOfficially(deps, concludeApplication.operation, request, {
      role: ["clerk", "officer"],
      decide: (state, given, command) => concludeCase(state, given, command),
    }),
  );

export const reopenApplicationEndpoint = (deps: Deps) =>
  endpoint(reopenApplication, (request) =>
    actingOfficially(deps, reopenApplication.operation, request, {
      role: ["supervisor"],
      ofAnyone: true,
      decide: (state, given, command) => reopenCase(state, given, request.body, command),
    }),
  );

export const claimTaskEndpoint = (deps: Deps) =>
  endpoint(claimTask, (request) =>
    actingOfficially(deps, claimTask.operation, request, {
      role: rolesAtDesk,
      decide: (state, given, command, officer) => claim(state, given, officer, command),
    }),
  );

export const releaseTaskEndpoint = (deps: Deps) =>
  endpoint(releaseTask, (request) =>
    actingOfficially(deps, releaseTask.operation, request, {
      role: [...anyOfficer, "supervisor"],
      ofAnyone: true,
      decide: (state, given, command, officer) =>
        release(
          state,
          given,
          { officer, isSupervisor: request.caller.roles?.includes("supervisor") ?? false },
          command,
        ),
    }),
  );

/** The applicant may add what was missing; the form is checked again. */
export const correctApplicationEndpoint = (deps: Deps) =>
  endpoint(correctApplication, (request) =>
    actingForApplicant(deps, correctApplication.operation, request, async (state, given, command) => {
      const { form, materials = [] } = request.body;
      const [formFaults, files] = await Promise.all([
        form && given.rules.form ? deps.forms.faults(given.rules.form, form) : [],
        knownOf(deps, state.applicant, materials),
      ]);
      return correct(state, given, { form, materials }, { formFaults, files }, command);
    }),
  );

/** The applicant supplies it, on any channel; on paper at a window's or with a clerk's help at a counter, which is the rule's to say. */
export const supplyMaterialEndpoint = (deps: Deps) =>
  endpoint(supplyMaterial, (request) =>
    actingForApplicant(deps, supplyMaterial.operation, request, async (state, given, command) =>
      supply(state, given, request.body.supply, await knownOf(deps, state.applicant, [request.body.supply]), command),
    ),
  );

export const withdrawApplicationEndpoint = (deps: Deps) =>
  endpoint(withdrawApplication, (request) =>
    actingForApplicant(deps, withdrawApplication.operation, request, (state, given, command) =>
      withdrawCase(state, given, request.body.reason, command),
    ),
  );
