import type { Officer } from "../domain/officer.ts";
import type { ChatAccounts, ChatMessages } from "../domain/ports.ts";

/** @param officers rows by staff number, as memoryOfficers holds them */
export const memoryChatAccounts = (officers: Map<string, Officer>): ChatAccounts => {
  const codes = new Map<string, { staff: string; until: string; spentBy?: string }>();
  const accounts = new Map<string, string>();
  const tries = new Map<string, number>();
  return {
    async officerOf(user) {
      const bound = officers.get(accounts.get(user.toLowerCase()) ?? "");
      if (bound?.chatUser?.toLowerCase() === user.toLowerCase()) return bound;
      const named = officers.get(user) ?? officers.get(user.toLowerCase());
      return named?.chatUser === undefined ? named : undefined;
    },
    async offer(code, staff, until) {
      const kept = codes.get(code) ?? { staff, until };
      if (kept.staff !== staff) return undefined;
      codes.set(code, kept);
      return kept.until;
    },
    async bind(user, code, now) {
      const account = user.toLowerCase();
      const known = codes.get(code);
      const officer = known && officers.get(known.staff);
      if (known?.spentBy === account && officer?.chatUser?.toLowerCase() === account) return "bound";
      const hour = `${account} ${now.slice(0, 13)}`;
      tries.set(hour, (tries.get(hour) ?? 0) + 1);
      if ((tries.get(hour) ?? 0) > 5) return "too-many";
      if (!officer || known.spentBy !== undefined || known.until <= now) return "wrong-code";
      codes.set(code, { ...known, spentBy: account });
      accounts.set(account, officer.staff);
      officers.set(officer.staff, { ...officer, chatUser: user });
      return "bound";
    },
  };
};

type Claim = Parameters<ChatMessages["claimAsked"]>[3];

export const memoryChatMessages = (): ChatMessages & { readonly claims: Claim[] } => {
  const replies = new Map<string, string>();
  const claims: Claim[] = [];
  const answered = async (id: string, reply: string): Promise<string> => {
    if (!replies.has(id)) replies.set(id, reply);
    return replies.get(id) ?? reply;
  };
  return {
    claims,
    find: async (id) => replies.get(id),
    answered,
    async claimAsked(id, reply, _at, claim) {
      if (!replies.has(id)) claims.push(claim);
      return answered(id, reply);
    },
  };
};
