import { yuanFromFen } from "#shared/kernel/fen.ts";
import type { Fee, Item, Material, TrustGrade } from "../domain/item.ts";

export const applicantWords = { natural: "个人", legal: "企业和其他组织" } as const;
export const stageWords = { handling: "承办", review: "审核", approval: "批准" } as const;
export const channelWords = { online: "网上", window: "窗口", courier: "邮寄" } as const;
export const procedureWords = {
  hearing: "听证",
  inspection: "检查核查",
  testing: "检验检测",
  quarantine: "检疫",
  "expert-review": "专家评审",
} as const;
export const gradeWords: Readonly<Record<TrustGrade, string>> = {
  A: "签发机关的电子证照或者共享数据",
  B: "经窗口核验",
  C: "上传",
  D: "申请人自行声明",
};

/** What an applicant is told; where uploading or declaring is enough, nothing. */
export const trustWords: Readonly<Partial<Record<TrustGrade, string>>> = {
  A: "只收签发机关的电子证照或者共享数据",
  B: "用电子证照，或者经窗口核验",
};

export const limitWords = ({ handling, limits }: Pick<Item, "handling" | "limits">): string =>
  handling === "instant" ? "当场办结" : `受理后 ${limits.promised} 个工作日（法定 ${limits.statutory} 个工作日）`;

export const assuranceWords = {
  2: "网上申请须已核验身份（实名二级）",
  3: "网上申请须本人经人脸或者证件核验（实名三级）；也可以到窗口办理",
} as const;

export const tacitWords = {
  none: undefined,
  approved: "逾期未作决定的，视为同意",
  refused: "逾期未作决定的，视为不同意",
} as const;

const extensions: Readonly<Record<string, string>> = {
  "application/pdf": "PDF",
  "application/ofd": "OFD",
  "application/zip": "ZIP",
  "image/jpeg": "JPG",
  "image/png": "PNG",
  "image/tiff": "TIFF",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "DOCX",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
};

const MIB = 1024 * 1024;

export const fileWords = ({ formats, maxBytes }: Material): string =>
  formats.length === 0
    ? ""
    : `${formats.map((format) => extensions[format] ?? format).join("、")}，不超过 ${Math.round((maxBytes / MIB) * 10) / 10} MB`;

export const feeWords = ({ amount, due }: Fee): string =>
  amount === 0 ? "免收" : `${yuanFromFen(amount)} 元，${due === "acceptance" ? "受理前" : "发证前"}缴纳`;
