import type { Officer } from "../domain/officer.ts";
import type { OfficerDirectory } from "../domain/ports.ts";
import { type Audience, membersOf } from "../domain/work.ts";

type Directory = Pick<OfficerDirectory, "find" | "ofDepartment" | "operators">;
interface Place {
  readonly department?: string | undefined;
  readonly division?: string | undefined;
}

/**
 * Roles are looked for in the department; who is named is found wherever they serve. For a department that has no operator,
 * and for what is of no department, the platform's operators stand in.
 */
const membersOfOne = async (officers: Directory, audience: readonly Audience[], place: Place): Promise<Officer[]> => {
  const { department, division } = place;
  const byRole = audience.filter((wanted) => wanted.kind === "roles" && wanted.roles.length > 0);
  const known = department !== undefined && byRole.length > 0 ? await officers.ofDepartment(department) : [];
  const found = await Promise.all(
    audience.map((wanted) => (wanted.kind === "staff" ? officers.find(wanted.staff) : undefined)),
  );
  const named = found.filter((officer) => officer !== undefined && officer.roles.length > 0) as Officer[];
  const all = [...named, ...membersOf(byRole, known, division)];
  const wantsOperators = byRole.some((wanted) => wanted.kind === "roles" && wanted.roles.includes("operator"));
  if (wantsOperators && !all.some(({ roles }) => roles.includes("operator"))) all.push(...(await officers.operators()));
  return [...new Map(all.map((officer) => [officer.staff, officer])).values()];
};

/** Those of the first audience in which somebody is found. */
export const findMembers = async (
  officers: Directory,
  audiences: readonly (readonly Audience[])[],
  place: Place,
): Promise<Officer[]> => {
  for (const audience of audiences) {
    const members = await membersOfOne(officers, audience, place);
    if (members.length > 0) return members;
  }
  return [];
};
