import type { Settings } from "../adapters/settings.ts";
import { carriers } from "../domain/carriers.ts";
import type { FollowingOf } from "../domain/request-shipment.ts";

/**
 * Who tells of a parcel: SF of those ordered with it, EMS of its customer's, the tracker of all others. Without a tracker nobody
 * does, and a clerk records the handover.
 */
export const followingBy =
  (settings: Settings): FollowingOf =>
  (carrier, how) => {
    const tells =
      carrier === "sf" ? settings.sf && how === "order" : (carrier === "ems" || carrier === "post") && settings.ems;
    if (tells) return { by: "carrier" };
    return settings.kuaidi100
      ? { by: "kuaidi100", state: "wanted", code: carriers[carrier].tracker, subscriptions: [] }
      : { by: "nobody" };
  };
