import { writeFileSync } from "node:fs";
import { accessPage } from "./generators/access-page.ts";
import { decisionsPage } from "./generators/decisions-page.ts";
import { eventsPage } from "./generators/events-page.ts";
import { openApiDocument } from "./generators/open-api.ts";

writeFileSync("docs/openapi.json", `${JSON.stringify(openApiDocument(), null, 2)}\n`);
writeFileSync("docs/events.md", eventsPage());
writeFileSync("docs/access.md", accessPage());
writeFileSync("docs/decisions/README.md", decisionsPage());
console.log("docs/openapi.json, docs/events.md, docs/access.md and docs/decisions/README.md are made");
