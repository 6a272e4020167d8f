/** Someone of the demo city, as the province, the verifier and the SMS gateway know them. */
export interface Resident {
  readonly name: string;
  readonly idNumber: string;
  readonly phone: string;
  /** The key of the account at the province; it survives a restart. */
  readonly subject: string;
  /** The province's level: L1 registered, L2 real name, L3 real person. */
  readonly level: "L1" | "L2" | "L3";
}

/** One of the demo city's legal persons. */
export interface DemoOrganisation {
  readonly uscc: string;
  readonly name: string;
  readonly kind: "enterprise" | "public-institution" | "social-organisation" | "government-organ";
  /** ID number of its legal representative, who is one of the residents. */
  readonly representative: string;
}

/** Of every demo account. Worth nothing outside this machine. */
export const DEMO_PASSWORD = "Yimen-Demo-2026";

/**
 * Invented people. Their numbers are well formed and nobody's: there is no division 449900, and the two that are not of the
 * mainland are invented in the same spirit. Any likeness is chance.
 */
export const residents: readonly Resident[] = [
  { name: "梁一门", idNumber: "449900198504120010", phone: "13800000001", subject: "gd-0001", level: "L3" },
  { name: "何示范", idNumber: "449900199009230022", phone: "13800000002", subject: "gd-0002", level: "L2" },
  { name: "黄小样", idNumber: "449900197801050034", phone: "13800000003", subject: "gd-0003", level: "L1" },
  { name: "区演示", idNumber: "449900199507180048", phone: "13800000004", subject: "gd-0004", level: "L2" },
  { name: "梁小门", idNumber: "449900201806010057", phone: "13800000001", subject: "gd-0005", level: "L1" },
  { name: "谭示例", idNumber: "44990019680229006X", phone: "13800000006", subject: "gd-0006", level: "L3" },
  { name: "陈港样", idNumber: "810000199408230013", phone: "13800000007", subject: "gd-0007", level: "L2" },
  { name: "DEMO SAMPLE", idNumber: "911156198811020013", phone: "13800000008", subject: "gd-0008", level: "L2" },
];

/** Invented organisations with well-formed codes that belong to nobody known. */
export const organisations: readonly DemoOrganisation[] = [
  {
    uscc: "91440607YMDEMQ101G",
    name: "佛山市三水区一门食品有限公司（演示）",
    kind: "enterprise",
    representative: "449900198504120010",
  },
  {
    uscc: "12440600YMDEMQ103N",
    name: "佛山市一门文化馆（演示）",
    kind: "public-institution",
    representative: "449900199009230022",
  },
  {
    uscc: "51440605YMDEMQ1041",
    name: "佛山市南海区一门志愿者协会（演示）",
    kind: "social-organisation",
    representative: "449900199507180048",
  },
  {
    uscc: "11440606YMDEMQ105N",
    name: "佛山市顺德区一门事务中心（演示）",
    kind: "government-organ",
    representative: "44990019680229006X",
  },
];

/** Those who have an account here from the start; the others are there to register, or to come from the province. */
export const withAccount: readonly Resident[] = residents.slice(0, 4);
