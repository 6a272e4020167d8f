import { AnyEvent } from "#shared/contracts/events/envelope.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { consume } from "#shared/runtime/consume.ts";
import type { OfficerDirectory } from "../domain/ports.ts";
import { occasionOf, render, templateOf } from "../domain/templates.ts";
import { progressOfEvent } from "../telling/progress-of-event.ts";
import type { OfficialsTeller } from "../telling/tell-officials.ts";
import type { PeopleTeller } from "../telling/tell-people.ts";

interface Deps {
  readonly people: Pick<PeopleTeller, "tell">;
  readonly officers: Pick<OfficerDirectory, "find">;
  readonly teller: Pick<OfficialsTeller, "tell">;
  readonly worklistUrl: string;
  readonly now: Clock;
}

/**
 * Tells people how their cases go, and the clerk who helped what the law has told them. Who applied without an account is
 * not known here: their phone is sealed in the case, and whoever helped them tells them.
 */
export const onProgress = ({ people, officers, teller, worklistUrl, now }: Deps) =>
  consume(AnyEvent, async (event) => {
    const progress = progressOfEvent(event);
    if (!progress) return;
    const { applicant, helper, template: id, params } = progress;
    if (applicant)
      await people.tell({
        recipient: applicant,
        event: event.id,
        at: event.time,
        case: progress.case,
        department: event.department,
        template: id,
        params,
      });
    const template = templateOf(id);
    if (helper === undefined || !template || !occasionOf(id)?.helper) return;
    const officer = await officers.find(helper);
    if (!officer || officer.roles.length === 0) return;
    await teller.tell([officer], {
      event: `${event.id}.helper`,
      at: now(),
      case: progress.case,
      department: event.department,
      card: {
        title: `您帮办的办件：${template.title}`,
        description: render(template, params).text.replace(/^您/, "申请人"),
        url: `${worklistUrl}${encodeURIComponent(progress.case ?? event.subject)}`,
        urgent: false,
      },
    });
  });
