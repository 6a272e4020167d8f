import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import type { FromWorker, FunctionError, ToWorker, WorkerSetup } from "./function-worker.ts";

type Handler = (event: unknown, context: unknown) => unknown;

/** Largest answer of a synchronous invocation. */
const mostBytes = 6_291_556;

const setup = workerData as WorkerSetup;

const describe = (error: unknown): FunctionError =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };

const say = (message: FromWorker) => parentPort?.postMessage(message);

const loadHandler = async (): Promise<Handler> => {
  const dot = setup.handler.lastIndexOf(".");
  const base = join(setup.taskRoot, setup.handler.slice(0, dot));
  const file = [".mjs", ".js", ".cjs"].map((extension) => base + extension).find(existsSync);
  if (!file)
    throw Object.assign(new Error(`Cannot find module '${setup.handler.slice(0, dot)}'`), {
      name: "Runtime.ImportModuleError",
    });
  const module = await import(pathToFileURL(file).href);
  const handler = module[setup.handler.slice(dot + 1)] ?? module.default?.[setup.handler.slice(dot + 1)];
  if (typeof handler !== "function")
    throw Object.assign(new Error(`${setup.handler} is undefined or not exported`), {
      name: "Runtime.HandlerNotFound",
    });
  return handler;
};

const run = async (handler: Handler, message: ToWorker): Promise<FromWorker> => {
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionName: setup.functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: setup.functionArn,
    memoryLimitInMB: String(setup.memoryMegabytes),
    awsRequestId: message.requestId,
    logGroupName: `/aws/lambda/${setup.functionName}`,
    logStreamName: "local",
    getRemainingTimeInMillis: () => Math.max(0, message.deadline - Date.now()),
  };
  process.env._X_AMZN_TRACE_ID = `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${message.requestId.replaceAll("-", "").slice(0, 24)};Sampled=0`;
  try {
    const result = await handler(JSON.parse(message.event), context);
    const payload = JSON.stringify(result === undefined ? null : result);
    if (payload.length > mostBytes / 4 && Buffer.byteLength(payload) > mostBytes)
      throw Object.assign(
        new Error(`Response payload size exceeded maximum allowed payload size (${mostBytes} bytes).`),
        { name: "Function.ResponseSizeTooLarge" },
      );
    return { kind: "done", payload };
  } catch (error) {
    return { kind: "failed", error: describe(error) };
  }
};

try {
  const handler = await loadHandler();
  parentPort?.on("message", (message: ToWorker) => {
    run(handler, message).then(say);
  });
  say({ kind: "ready" });
} catch (error) {
  say({ kind: "failed", error: describe(error) });
}
