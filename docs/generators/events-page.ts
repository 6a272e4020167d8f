import * as z from "zod";
import type { EventContract } from "#shared/contracts/events/envelope.ts";
import { events } from "#shared/contracts/events/index.ts";

const exampleOf = ({ type, example }: EventContract) => ({
  specversion: "1.0",
  id: "6HYKAXHF35VSPWQCVNX2QHSA56.1.0",
  source: `/${type.split(".")[2]}`,
  type,
  time: "2026-11-22T02:00:00.000Z",
  subject: "6HYKAXHF35VSPWQCVNX2QHSA56",
  datacontenttype: "application/json",
  sequence: 1,
  data: example,
});

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

const kindOf = ({ type, enum: values, properties }: JsonSchema): string => {
  if (values) return values.map((value) => `\`${String(value)}\``).join(" \\| ");
  if (properties) return `object (${Object.keys(properties).join(", ")})`;
  return type ?? "any";
};

const fieldsOf = (data: z.ZodType): string => {
  const { properties = {}, required = [] } = z.toJSONSchema(data, { io: "output" }) as JsonSchema;
  return Object.entries(properties)
    .map(
      ([name, schema]) =>
        `| \`${name}\` | ${kindOf(schema)} | ${required.includes(name) ? "yes" : "no"} | ${schema.description ?? ""} |`,
    )
    .join("\n");
};

const sectionOf = (contract: EventContract): string => `## \`${contract.type}\`

${contract.summary}

| field of \`data\` | type | always | meaning |
| --- | --- | --- | --- |
${fieldsOf(contract.data)}

\`\`\`json
${JSON.stringify(exampleOf(contract), null, 2)}
\`\`\`
`;

/** docs/events.md: every event the platform publishes, from the contracts alone. */
export const eventsPage = (): string => `# Events

Generated from \`shared/contracts/events\` by \`npm run docs\`; do not edit.

Every event is a [CloudEvent 1.0](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) in JSON. Events are thin: references
and codes, never personal data. Who may see the person asks the API, with a purpose that is logged. Delivery is at least once and without
order: \`id\` is the same on every delivery, and \`sequence\`, the version of the aggregate named by \`subject\`, tells what is newer. The
extensions \`department\` (unified social credit code), \`division\` and \`itemcode\` are there when the event concerns one; \`correlationid\`
names the request that caused the change.

${events.map(({ type, summary }) => `- [\`${type}\`](#${type.replaceAll(".", "")}): ${summary}`).join("\n")}

${events.map(sectionOf).join("\n")}`;
