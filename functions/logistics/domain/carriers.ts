/** Carriers (快递公司) by our codes; the same as in the contract. */
export const CARRIERS = ["ems", "sf", "post", "jd", "zto", "yto", "sto", "yunda", "jt", "deppon"] as const;
export type CarrierCode = (typeof CARRIERS)[number];

interface Carrier {
  readonly name: string;
  /** Its code at Kuaidi100 [M: the tracker's published table]. */
  readonly tracker: string;
  /** What its numbers look like; loose on purpose [M]: a number that the carrier knows is never refused. */
  readonly number: RegExp;
}

export const carriers: Readonly<Record<CarrierCode, Carrier>> = {
  // S10 of the Universal Postal Union, or 13 digits as domestic express mail has them.
  ems: { name: "中国邮政 EMS", tracker: "ems", number: /^([A-Z]{2}\d{9}CN|\d{13})$/ },
  sf: { name: "顺丰速运", tracker: "shunfeng", number: /^(SF\d{12,13}|\d{12})$/ },
  post: { name: "中国邮政国内小包", tracker: "youzhengguonei", number: /^([A-Z]{2}\d{9}CN|\d{13})$/ },
  jd: { name: "京东物流", tracker: "jd", number: /^JD[A-Z]{0,2}\d{11,16}$/ },
  zto: { name: "中通快递", tracker: "zhongtong", number: /^\d{12,15}$/ },
  yto: { name: "圆通速递", tracker: "yuantong", number: /^(YT\d{13}|[A-Z]\d{9}|\d{10,18})$/ },
  sto: { name: "申通快递", tracker: "shentong", number: /^\d{12,15}$/ },
  yunda: { name: "韵达速递", tracker: "yunda", number: /^\d{13,15}$/ },
  jt: { name: "极兔速递", tracker: "jtexpress", number: /^(JT)?\d{12,15}$/ },
  deppon: { name: "德邦快递", tracker: "debangkuaidi", number: /^(DPK)?\d{8,12}$/ },
};

/** As it is written on every list: no blanks, capital letters. */
export const waybillOf = (number: string): string => number.replace(/\s+/g, "").toUpperCase();

export const isWaybillOf = (carrier: CarrierCode, number: string): boolean => carriers[carrier].number.test(number);
