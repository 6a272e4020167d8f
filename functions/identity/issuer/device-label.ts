const programs: readonly (readonly [RegExp, string])[] = [
  [/MicroMessenger/, "微信"],
  [/wxwork/, "企业微信"],
  [/Edg(e|A|iOS)?\//, "Edge"],
  [/Firefox|FxiOS/, "Firefox"],
  [/Chrome|CriOS/, "Chrome"],
  [/Safari/, "Safari"],
];
const systems: readonly (readonly [RegExp, string])[] = [
  [/OpenHarmony|HarmonyOS/, "HarmonyOS"],
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Macintosh/, "macOS"],
  [/Linux/, "Linux"],
];

/** What of a User-Agent is worth keeping: enough to know one's own device by, too little to know a person by. */
export const deviceLabel = (userAgent: string | undefined): string | undefined => {
  const known = (list: typeof programs) => list.find(([pattern]) => pattern.test(userAgent ?? ""))?.[1];
  return [known(programs), known(systems)].filter(Boolean).join(" · ") || undefined;
};
