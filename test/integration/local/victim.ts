import { startCloud } from "#local/cloud/index.ts";
import { until } from "#local/until.ts";
import { changed, postCase, seenBy } from "./miniature.ts";

/** Runs a cloud that holds a message, says so, and waits to be killed. */
const changeTemplate = changed("Queue", { VisibilityTimeout: 600 });
const cloud = await startCloud({ ...JSON.parse(process.argv[2] ?? "{}"), changeTemplate });
await postCase(cloud, { id: "k", kind: "held" });
await until("the message to be held", () => seenBy(cloud)("held-k"));
process.stdout.write("HELD\n");
