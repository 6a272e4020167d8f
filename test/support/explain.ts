import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

export interface Read {
  readonly command: string;
  readonly returned: number;
  readonly scanned: number;
  readonly consistent?: true;
}

/** What every query from now on returned, and what it went through for that. A scan throws. */
export const explain = (client: DynamoDBDocumentClient): Read[] => {
  const reads: Read[] = [];
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const result = await next(args);
        const { Count, ScannedCount } = result.output as { Count?: number; ScannedCount?: number };
        const { ConsistentRead } = args.input as { ConsistentRead?: boolean };
        if (Count !== undefined)
          reads.push({
            command: commandName,
            returned: Count,
            scanned: ScannedCount ?? Count,
            ...(ConsistentRead && { consistent: true }),
          });
        if (commandName.startsWith("Scan")) throw new Error("a whole table is read");
        return result;
      },
    { step: "initialize", name: "explain" },
  );
  return reads;
};
