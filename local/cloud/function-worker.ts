import { Worker } from "node:worker_threads";

/** What a failed invocation tells its caller, as on Lambda. */
export interface FunctionError {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

/** Result of one invocation; `payload` is JSON. */
export type Outcome = { ok: true; payload: string } | { ok: false; error: FunctionError };

/** What a worker thread needs to be one instance of a function. */
export interface WorkerSetup {
  functionName: string;
  functionArn: string;
  taskRoot: string;
  /** As in the template, such as "index.handler". */
  handler: string;
  memoryMegabytes: number;
}

export interface ToWorker {
  event: string;
  requestId: string;
  /** Milliseconds since 1970. */
  deadline: number;
}

export type FromWorker =
  | { kind: "ready" }
  | { kind: "done"; payload: string }
  | { kind: "failed"; error: FunctionError };

/** One instance of a function: a worker thread that handles one request at a time. */
export interface Instance {
  /** Runs one request; never rejects. When the outcome says that the instance is gone, it must not be used again. */
  run(event: string, requestId: string): Promise<{ outcome: Outcome; gone: boolean }>;
  kill(): void;
}

/** Longest time a cold start may take before the first request's own time begins. */
const initMilliseconds = 30_000;

const failure = (errorType: string, errorMessage: string): Outcome => ({
  ok: false,
  error: { errorType, errorMessage },
});

/** Calls back for every line of a stream. */
const eachLine = (stream: NodeJS.ReadableStream, onLine: (line: string) => void) => {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  stream.on("end", () => {
    if (rest) onLine(rest);
  });
};

/** Starts an instance; it loads its code at once, and the first request waits for that. */
export const startInstance = (
  setup: WorkerSetup,
  environment: Record<string, string>,
  timeoutSeconds: number,
  onLine: (line: string) => void,
): Instance => {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    env: environment,
    workerData: setup,
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: setup.memoryMegabytes },
  });
  worker.unref();
  eachLine(worker.stdout, onLine);
  eachLine(worker.stderr, onLine);

  let settle: ((outcome: Outcome, gone: boolean) => void) | undefined;
  let early: Outcome | undefined;
  const finish = (outcome: Outcome, gone: boolean) => {
    if (settle) settle(outcome, gone);
    else if (gone) early ??= outcome;
  };
  let becomeReady: () => void = () => {};
  const ready = new Promise<void>((resolve) => {
    becomeReady = resolve;
  });
  worker.on("message", (message: FromWorker) => {
    if (message.kind === "ready") becomeReady();
    else if (message.kind === "done") finish({ ok: true, payload: message.payload }, false);
    else finish({ ok: false, error: message.error }, false);
  });
  worker.on("error", (error: Error) => finish(failure(error.name, error.message), true));
  worker.on("exit", (code) =>
    finish(failure("Runtime.ExitError", `Runtime exited with error: exit status ${code}`), true),
  );

  return {
    kill: () => {
      finish(failure("Runtime.ExitError", "Runtime exited with error: signal: killed"), true);
      worker.terminate();
    },
    run: (event, requestId) =>
      new Promise((resolve) => {
        if (early) {
          resolve({ outcome: early, gone: true });
          return;
        }
        let started = false;
        let timer: NodeJS.Timeout;
        settle = (outcome, gone) => {
          clearTimeout(timer);
          settle = undefined;
          // What fails before it is ready has failed to load: it will never be.
          const useless = gone || !started;
          if (useless) {
            early ??= outcome;
            worker.terminate();
          }
          resolve({ outcome, gone: useless });
        };
        const limit = (milliseconds: number) => {
          timer = setTimeout(() => {
            const text = `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
            onLine(text);
            settle?.(failure("Sandbox.Timedout", text), true);
          }, milliseconds);
        };
        limit(initMilliseconds);
        ready.then(() => {
          if (!settle) return;
          started = true;
          clearTimeout(timer);
          limit(timeoutSeconds * 1000);
          worker.postMessage({ event, requestId, deadline: Date.now() + timeoutSeconds * 1000 } satisfies ToWorker);
        });
      }),
  };
};
