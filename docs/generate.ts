import { writeFileSync } from "node:fs";
import { eventsPage } from "./generators/events-page.ts";
import { openApiDocument } from "./generators/open-api.ts";

writeFileSync("docs/openapi.json", `${JSON.stringify(openApiDocument(), null, 2)}\n`);
writeFileSync("docs/events.md", eventsPage());
console.log("docs/openapi.json and docs/events.md are made from the contracts");
