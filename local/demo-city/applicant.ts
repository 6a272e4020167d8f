/** An invented enterprise and its invented licence application; the credit code is well formed and belongs to nobody known. */
export const demoApplication = {
  itemName: "食品经营许可（新办）",
  department: "佛山市三水区市场监督管理局",
  applicant: {
    kind: "legal" as const,
    name: "佛山市三水区一门早茶店（演示）",
    idNumber: "92440607YMDEMQ001P",
    phone: "13800001234",
  },
  form: {
    premises: "佛山市三水区西南街道示范路 1 号",
    businessType: "餐饮服务经营者",
    items: ["热食类食品制售", "冷食类食品制售"],
    areaSquareMetres: 86,
    legalRepresentative: "陈志明",
  },
  /** Two licences the city has issued; all else is brought to the window on paper. */
  materials: [
    { material: "m1", onPaper: true as const },
    { material: "m2", licence: "营业执照 92440607YMDEMQ001P" },
    { material: "m3", licence: "居民身份证（法定代表人）" },
    { material: "m4", onPaper: true as const },
    { material: "m5", onPaper: true as const },
    { material: "m6", onPaper: true as const },
  ],
};
