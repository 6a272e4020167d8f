import { describe, expect, it } from "vitest";
import { SettingsText } from "#functions/applications/deployed-settings.ts";
import { defaultSettings } from "#functions/applications/domain/settings.ts";
import { environments } from "#infra/config.ts";

describe("the settings of a city", () => {
  it.each([[undefined], ["{}"]])("are as usual when they are %s", (text) => {
    expect(SettingsText.parse(text)).toEqual(defaultSettings);
  });

  it("replace only what they name", () => {
    expect(SettingsText.parse('{"nearDays":2}')).toEqual({ ...defaultSettings, nearDays: 2 });
  });

  it.each([['{"nearDays":0}'], ['{"nearDays":1.5}'], ['{"payDays":"10"}'], ['{"nearDay":2}'], ["[]"]])(
    "keep a function from starting when they are %s",
    (text) => expect(SettingsText.safeParse(text).success).toBe(false),
  );

  it("are fit for every environment that is deployed", () => {
    for (const { cases } of environments) SettingsText.parse(JSON.stringify(cases ?? {}));
  });
});
