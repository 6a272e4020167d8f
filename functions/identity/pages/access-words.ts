import type * as z from "zod";
import type { downloadFile } from "#shared/contracts/http/applications/materials.ts";
import type { readPersonalData } from "#shared/contracts/http/applications/reading.ts";
import type { downloadReceipt } from "#shared/contracts/http/applications/receipts.ts";
import type { AccessedThing } from "#shared/contracts/http/identity/fields.ts";
import type { readContact, verifyPerson } from "#shared/contracts/http/identity/persons.ts";
import type { readShipmentAddress } from "#shared/contracts/http/logistics.ts";

/** What was looked at. A thing without words does not compile. */
export const accessedWords: Record<AccessedThing, string> = {
  application: "办件中的个人信息",
  file: "提交的材料",
  receipt: "办件文书",
  profile: "账户资料",
  verification: "核对身份（只回答是否一致）",
  contact: "手机号，用来向您发送通知",
  export: "导出全部数据",
  counter: "在服务窗口代您办事（如您当时不在场，请投诉）",
};

type Asked<R extends { readonly body: z.ZodType }> =
  z.infer<R["body"]> extends { purpose?: infer P } ? Extract<P, string> : never;

/** What the routes that show personal data let be given as a purpose, and what stands for oneself. */
type Purpose =
  | Asked<typeof readPersonalData>
  | Asked<typeof downloadFile>
  | Asked<typeof downloadReceipt>
  | Asked<typeof readShipmentAddress>
  | Asked<typeof verifyPerson>
  | Asked<typeof readContact>
  | "own-request"
  | "own-copy";

const purposes: Record<Purpose, string> = {
  acceptance: "受理",
  decision: "审批",
  delivery: "送达结果",
  supervision: "监督检查",
  sending: "寄送证件和文书",
  settling: "处理寄送异常",
  "progress-message": "告知办事进度",
  "statutory-notice": "依法告知",
  "own-request": "本人要求",
  "own-copy": "本人（或代为办理的人）下载",
};

/** Any purpose without a code stands as whoever looked has worded it. */
export const purposeWords = (purpose: string): string =>
  Object.hasOwn(purposes, purpose) ? purposes[purpose as Purpose] : purpose;
