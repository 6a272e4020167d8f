import type { Functions } from "./functions.ts";
import { type Answer, jsonError, type RawRequest } from "./wire.ts";

/** Lambda's Invoke operation. */
export const invokeApi =
  (functions: Functions) =>
  async (name: string, request: RawRequest): Promise<Answer> => {
    const fn = functions.find(name);
    if (!fn) return jsonError("ResourceNotFoundException", `Function not found: ${name}`, 404);
    const event = request.body.toString() || "{}";
    const type = request.headers["x-amz-invocation-type"];
    if (type === "DryRun") return { status: 204, headers: {}, body: Buffer.alloc(0) };
    if (type === "Event") {
      void functions.invokeLater(fn, event);
      return { status: 202, headers: {}, body: Buffer.alloc(0) };
    }
    const outcome = await functions.invoke(fn, event);
    return {
      status: 200,
      headers: {
        "content-type": "application/json",
        "x-amz-executed-version": "$LATEST",
        ...(!outcome.ok && { "x-amz-function-error": "Unhandled" }),
      },
      body: Buffer.from(outcome.ok ? outcome.payload : JSON.stringify(outcome.error)),
    };
  };
