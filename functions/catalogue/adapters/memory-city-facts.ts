import type { CityFacts, Reference } from "../domain/ports.ts";

export const memoryCityFacts = (): CityFacts => {
  let reference: Reference = { divisions: [], departments: [], licenceTypes: [] };
  const staff = new Map<string, Parameters<CityFacts["keepStaff"]>[0]>();
  return {
    reference: async () => reference,
    async keepReference(parts) {
      reference = { ...reference, ...parts };
    },
    staffOf: async (department) =>
      [...staff.values()]
        .filter((member) => member.department === department && member.roles.length > 0)
        .map(({ division, roles }) => ({ division, roles })),
    async keepStaff(member) {
      if ((staff.get(member.staff)?.sequence ?? 0) < member.sequence) staff.set(member.staff, member);
    },
  };
};
