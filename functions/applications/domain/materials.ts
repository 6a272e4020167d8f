import type { Fault } from "#shared/kernel/decision.ts";
import type { CaseMaterial } from "./application.ts";
import { applies, type Grade, type ItemRules, isAtLeast, type MaterialRules, type Situation } from "./item-rules.ts";
import { type LicenceFacts, licenceFault } from "./licences.ts";

/** What is known of an uploaded file. */
export interface FileFacts {
  readonly id: string;
  /** The material it was uploaded for, where that was told. */
  readonly material?: string | undefined;
  readonly grade: Grade;
  readonly state: "uploading" | "checking" | "clean" | "rejected";
  /** Media type by content. */
  readonly format: string;
  readonly bytes: number;
  /** Cases that use it already, two of them if there are more; absent: none. */
  readonly usedBy?: readonly string[] | undefined;
}

/** What is known of the files and licences that were named, by their ids; nothing of those that are not the applicant's. */
export type Known = ReadonlyMap<string, FileFacts | LicenceFacts>;

const wanted = ({ materials }: ItemRules, situation: Situation): readonly MaterialRules[] =>
  materials.filter(({ when }) => applies(when, situation));

/** The required materials that are not accounted for. */
export const missing = (
  rules: ItemRules,
  situation: Situation,
  given: readonly CaseMaterial[],
): readonly MaterialRules[] =>
  wanted(rules, situation).filter(({ id, required }) => required && !given.some(({ material }) => material === id));

/**
 * What is wrong with the materials that were given, each with where it stands. A file has to be the applicant's own, checked and
 * clean, of a format the item takes, and of the grade it asks for. One of an earlier case (历史材料) is used again only with the
 * applicant's consent to that. A licence issued here must be the applicant's, of a type the item takes, and stand; one of another issuer
 * is only stated, which the officer is shown (docs/decisions/0049-licences-issued-here.md).
 * @param own the case that the materials are for, once there is one
 */
export const faultsOf = (
  rules: ItemRules,
  given: readonly CaseMaterial[],
  known: Known,
  pointer = "/materials",
  own?: string,
): readonly Fault[] =>
  given.flatMap((each, index): Fault[] => {
    const at = (detail: string): Fault[] => [{ pointer: `${pointer}/${index}`, detail }];
    const rule = rules.materials.find(({ id }) => id === each.material);
    if (!rule) return at(`事项没有材料 ${each.material}`);
    if ("deferred" in each) return rule.deferrable ? [] : at(`${rule.name}：不可容缺`);
    if ("licence" in each) return rule.licenceTypes.length > 0 ? [] : at(`${rule.name}：不能以电子证照代替`);
    // Whoever sees paper at the window vouches for it with B at most.
    if ("onPaper" in each) return isAtLeast("B", rule.grade) ? [] : at(`${rule.name}：须由签发机关提供，不收纸质材料`);
    if ("issued" in each) {
      const licence = known.get(each.issued);
      const fault = licenceFault(rule, licence && "standing" in licence ? licence : undefined);
      return fault ? [{ pointer: `${pointer}/${index}`, ...fault }] : [];
    }
    const file = known.get(each.file);
    if (!file || "standing" in file) return at(`${rule.name}：没有这个文件`);
    if (file.state === "rejected") return at(`${rule.name}：文件未通过检查`);
    if (file.state !== "clean") return at(`${rule.name}：文件尚未完成检查`);
    if (each.consent === undefined && file.usedBy?.some((application) => application !== own))
      return at(`${rule.name}：再次使用以往办件的材料须经申请人同意`);
    if (!isAtLeast(file.grade, rule.grade)) return at(`${rule.name}：可信等级为 ${file.grade}，要求 ${rule.grade}`);
    if (rule.formats.length > 0 && !rule.formats.includes(file.format))
      return at(`${rule.name}：格式 ${file.format} 不在要求之列`);
    if (rule.maxBytes > 0 && file.bytes > rule.maxBytes) return at(`${rule.name}：文件超过 ${rule.maxBytes} 字节`);
    return [];
  });

/** The cases in which the licences among them were issued. */
export const licenceIds = (given: readonly CaseMaterial[]): readonly string[] =>
  given.flatMap((each) => ("issued" in each ? [each.issued] : []));

/** The ids of all files among them. */
export const fileIds = (given: readonly CaseMaterial[]): readonly string[] =>
  given.flatMap((each) => ("file" in each ? [each.file] : []));
