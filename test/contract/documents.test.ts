import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { routes } from "#shared/contracts/http/index.ts";
import { requestRefusals } from "#shared/contracts/http/problems.ts";
import { scopes } from "#shared/contracts/http/scopes.ts";
import { accessPage } from "../../docs/generators/access-page.ts";
import { decisionsPage } from "../../docs/generators/decisions-page.ts";
import { eventsPage } from "../../docs/generators/events-page.ts";
import { openApiDocument } from "../../docs/generators/open-api.ts";

const all = Object.values(routes).flat();
const refusals = [requestRefusals, ...all.map((route) => route.refusals)].flatMap((texts) => Object.entries(texts));

describe("the documents that are made", () => {
  it.each([
    ["docs/openapi.json", () => `${JSON.stringify(openApiDocument(), null, 2)}\n`],
    ["docs/events.md", eventsPage],
    ["docs/access.md", accessPage],
    ["docs/decisions/README.md", decisionsPage],
  ])("are up to date: %s (when not, run `npm run docs`)", (file, generate) => {
    expect(readFileSync(file, "utf8") === generate(), `${file} is not what it is made from: run \`npm run docs\``).toBe(
      true,
    );
  });
});

describe("the tables of the runbooks", () => {
  it.each(["docs/runbooks/README.md", "docs/runbooks/dead-letters.md"])("have no row twice: %s", (file) => {
    const rows = readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => /^\| [^-|]/.test(line));
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter((row, at) => rows.indexOf(row) !== at)).toEqual([]);
  });
});

describe("the OpenAPI document", () => {
  it("is valid OpenAPI 3.1", async () => {
    const result = await new Validator().validate(JSON.parse(JSON.stringify(openApiDocument())));
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
  });

  it("would not pass the validator if it were wrong", async () => {
    const { info: _, ...headless } = JSON.parse(JSON.stringify(openApiDocument()));
    expect((await new Validator().validate(headless)).valid).toBe(false);
  });

  const operations = Object.entries(openApiDocument().paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ key: `${method.toUpperCase()} ${path}`, operation })),
  );

  it("has one operation for each route, each under an id of its own", () => {
    expect(operations.map(({ key }) => key).sort()).toEqual(all.map(({ method, path }) => `${method} ${path}`).sort());
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(all.length);
  });

  it.each(all.map((route) => [`${route.method} ${route.path}`, route] as const))(
    "tells every refusal of %s under its status, and the scopes it needs",
    (key, route) => {
      const { operation } = operations.find((candidate) => candidate.key === key) ?? {};
      for (const [code, { status, zh, en }] of Object.entries(route.refusals)) {
        const { description } = operation.responses[status];
        for (const text of [code, zh, en]) expect(description).toContain(text);
      }
      expect(operation.security ?? []).toEqual(route.scopes.length > 0 ? [{ oidc: route.scopes }] : []);
    },
  );
});

describe("the contracts of the routes", () => {
  it("have no two routes at one address", () => {
    const shapes = all.map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, "{}")}`);
    expect(shapes.filter((shape, i) => shapes.indexOf(shape) !== i)).toEqual([]);
  });

  it.each(all.map((route) => [route.operation, route] as const))(
    "name parameters and scopes that exist: %s",
    (_name, route) => {
      const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(Object.keys((route.pathParams as unknown as { shape: object }).shape).sort()).toEqual(inPath.sort());
      for (const scope of route.scopes) expect(Object.keys(scopes)).toContain(scope);
    },
  );

  const onlyReading = [
    "checkDefinition",
    "downloadFile",
    "downloadReceipt",
    "guideItem",
    "readPersonalData",
    "readShipmentAddress",
    "searchApplications",
    "searchDrafts",
    "searchFiles",
    "searchLicences",
  ];
  const acting = all.filter(({ method, operation }) => method === "POST" && !onlyReading.includes(operation));
  it.each(acting.map(({ operation, keyed }) => [operation, keyed] as const))(
    "have every POST that creates or acts carry an Idempotency-Key: %s",
    (_operation, keyed) => expect(keyed).toBe(true),
  );
});

describe("the refusals", () => {
  it.each(refusals)(
    "%s is one sentence in Chinese and one in English, each with its full stop",
    (code, { zh, en, status }) => {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/);
      expect(zh).toMatch(/^(?=.*\p{Script=Han}).+。$/u);
      expect(en).toMatch(/^[A-Z][^\p{Script=Han}]+\.$/u);
      expect(status).toBeGreaterThanOrEqual(400);
    },
  );

  it("say the same wherever the same code is met, and something else under another code", () => {
    const meanings = new Map<string, string>();
    for (const [code, { status, zh, en }] of refusals) {
      const meaning = `${status} ${zh} ${en}`;
      expect(meanings.get(code) ?? meaning, code).toBe(meaning);
      meanings.set(code, meaning);
    }
    expect(new Set([...meanings.values()].map((meaning) => meaning.slice(4))).size).toBe(meanings.size);
  });
});
