import type { Officer } from "../domain/officer.ts";
import type { OfficerDirectory } from "../domain/ports.ts";

export const memoryOfficers = (): OfficerDirectory => {
  const rows = new Map<string, Officer>();
  const placeOf = ({ division, staff }: Officer) => `${division}#${staff}`;
  return {
    async appoint(officer) {
      if ((rows.get(officer.staff)?.sequence ?? 0) < officer.sequence) rows.set(officer.staff, officer);
    },
    ofDepartment: async (department) =>
      [...rows.values()]
        .filter((officer) => officer.department === department)
        .sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1)),
  };
};
