import { createHash, timingSafeEqual } from "node:crypto";
import { BlockList, isIPv6 } from "node:net";
import type { HttpRequest, HttpResponse } from "#shared/runtime/endpoint.ts";
import { logger } from "#shared/runtime/logger.ts";
import { readEmsPush } from "../adapters/ems-push.ts";
import { readKuaidi100Push } from "../adapters/kuaidi100-push.ts";
import { BODY_BYTES_AT_MOST, UnreadablePush } from "../adapters/push-body.ts";
import type { Settings } from "../adapters/settings.ts";
import { readSfPush } from "../adapters/sf-push.ts";
import { type PushDeps, takeCarrierPush } from "../steps/take-push.ts";

export interface CallbackDeps extends PushDeps {
  readonly settings: Settings;
  readonly saltsOf: (number: string) => readonly string[];
}

const json = (statusCode: number, body: unknown): HttpResponse => ({
  statusCode,
  headers: { "content-type": "application/json;charset=UTF-8", "cache-control": "no-store" },
  body: JSON.stringify(body),
});

/** Takes as long for a wrong guess as for a nearly right one, of whatever length. */
const isSecret = (given: string, secret: string): boolean => {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
};

const addressList = (ranges: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", bits] = range.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
};

interface Received {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly source: string;
  readonly rest: string;
}

/** How a carrier is answered: exactly as its protocol says. */
interface Tongue {
  readonly take: (received: Received) => Promise<HttpResponse>;
  readonly wrong: (status: 400 | 405 | 413) => HttpResponse;
  readonly failed: () => HttpResponse;
}

const kuaidi100 = (deps: CallbackDeps): Tongue => {
  const answer = (status: number, result: boolean, returnCode: string, message: string) =>
    json(status, { result, returnCode, message });
  return {
    async take({ body }) {
      const push = readKuaidi100Push(body, deps.saltsOf);
      if (!push) {
        logger.warn("callback.forged", { source: "kuaidi100" });
        return answer(403, false, "403", "签名不正确");
      }
      await takeCarrierPush(deps, push);
      return answer(200, true, "200", "成功");
    },
    wrong: (status) => answer(status, false, String(status), "格式不正确"),
    failed: () => answer(500, false, "500", "系统异常"),
  };
};

const sf = (deps: CallbackDeps): Tongue | undefined => {
  const { sf: settings } = deps.settings;
  if (!settings) return undefined;
  const allowed = addressList(settings.allowedAddresses);
  return {
    async take({ body, source, rest }) {
      const family = isIPv6(source) ? "ipv6" : "ipv4";
      if (!isSecret(rest, settings.pushSecret) || !allowed.check(source, family)) {
        logger.warn("callback.forged", { source: "sf" });
        return json(404, { return_code: "1000", return_msg: "没有这个地址" });
      }
      const { pushes, unreadable } = readSfPush(body);
      if (unreadable > 0) logger.warn("callback.entries-unreadable", { source: "sf", unreadable });
      // One failure has the whole batch sent again: what was taken is known then.
      for (const push of pushes) await takeCarrierPush(deps, push);
      return json(200, { return_code: "0000", return_msg: "成功" });
    },
    // Nothing of it could be read: cut off on its way, perhaps, and better sent again.
    wrong: (status) => json(status, { return_code: "1000", return_msg: "格式不正确" }),
    failed: () => json(200, { return_code: "1000", return_msg: "系统异常" }),
  };
};

const ems = (deps: CallbackDeps): Tongue | undefined => {
  const { ems: settings } = deps.settings;
  if (!settings) return undefined;
  const answer = (status: number, failed: readonly string[], remark: string, success = failed.length === 0) =>
    json(status, { response: { success: success ? "1" : "0", failmailnums: failed.join(), remark } });
  return {
    async take({ body, headers }) {
      if (!isSecret(headers.authenticate ?? "", settings.authenticate)) {
        logger.warn("callback.forged", { source: "ems" });
        return answer(401, [], "authenticate", false);
      }
      if (settings.versions.length > 0 && !settings.versions.includes(headers.version ?? ""))
        return answer(400, [], "version", false);
      const { pushes, unreadable } = readEmsPush(body);
      const failed = unreadable.filter(Boolean);
      for (const push of pushes)
        try {
          await takeCarrierPush(deps, push);
        } catch (error) {
          logger.error("callback.failed", error, { source: "ems" });
          failed.push(push.number);
        }
      const all = [...new Set(failed)];
      return answer(200, all, all.length > 0 ? "部分邮件未处理" : "", all.length === 0 && unreadable.length === 0);
    },
    wrong: (status) => answer(status, [], "格式不正确", false),
    failed: () => answer(200, [], "系统异常", false),
  };
};

/**
 * What carriers and trackers tell, at `/callbacks/logistics/{kuaidi100|sf/<secret>|ems}`. Each is answered in its own protocol;
 * what is merely wrong is never answered with 500. Neither bodies nor numbers are logged.
 */
export const carrierCallbacks = (deps: CallbackDeps) => {
  const tongues: Readonly<Record<string, Tongue | undefined>> = {
    kuaidi100: kuaidi100(deps),
    sf: sf(deps),
    ems: ems(deps),
  };
  return async (request: HttpRequest): Promise<HttpResponse> => {
    const [name = "", rest = ""] = request.rawPath.replace(/^\/callbacks\/logistics\//, "").split("/", 2);
    const tongue = Object.hasOwn(tongues, name) ? tongues[name] : undefined;
    if (!tongue) return json(404, {});
    if (request.requestContext.http.method !== "POST") return tongue.wrong(405);
    const body = Buffer.from(request.body ?? "", request.isBase64Encoded ? "base64" : "utf8");
    if (body.byteLength > BODY_BYTES_AT_MOST) return tongue.wrong(413);
    try {
      const { headers } = request;
      return await tongue.take({ body, headers, source: request.requestContext.http.sourceIp, rest });
    } catch (error) {
      if (!(error instanceof UnreadablePush)) {
        logger.error("callback.failed", error, { source: name });
        return tongue.failed();
      }
      logger.warn("callback.unreadable", { source: name, reason: error.message });
      return tongue.wrong(400);
    }
  };
};
