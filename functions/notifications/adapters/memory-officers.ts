import type { Officer } from "../domain/officer.ts";
import type { OfficerDirectory } from "../domain/ports.ts";

export const memoryOfficers = (): OfficerDirectory & { readonly rows: Map<string, Officer> } => {
  const rows = new Map<string, Officer>();
  const placeOf = ({ division, staff }: Officer) => `${division}#${staff}`;
  return {
    rows,
    async appoint(officer) {
      const known = rows.get(officer.staff);
      if ((known?.sequence ?? 0) < officer.sequence)
        rows.set(officer.staff, { ...officer, ...(known?.chatUser && { chatUser: known.chatUser }) });
    },
    find: async (staff) => rows.get(staff),
    ofDepartment: async (department) =>
      [...rows.values()]
        .filter((officer) => officer.department === department)
        .sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1)),
    operators: async () =>
      [...rows.values()].filter(({ roles }) => roles.includes("operator")).sort((a, b) => (a.staff < b.staff ? -1 : 1)),
  };
};
