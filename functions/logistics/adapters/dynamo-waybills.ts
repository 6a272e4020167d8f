import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  QueryCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import type { ParkedPush } from "../domain/follow-parcel.ts";
import type { Waybills } from "../domain/ports.ts";
import { CLAIMED_DAYS, openedPush, PARKED, PARKED_AT_MOST, PARKED_DAYS, pushId, sealedPush } from "./push-row.ts";

/** A number that was given up has a row without an owner. */
const Claim = z.object({ shipment: z.string().optional() });

const keyOf = (number: string) => ({ pk: `waybill#${number}`, sk: "claim" });
const DAY_SECONDS = 86_400;
const inDays = (days: number, at: number): number => Math.ceil(at / 1000) + days * DAY_SECONDS;

export const dynamoWaybills = (
  client: DynamoDBDocumentClient,
  { table, cipher, now }: { readonly table: string; readonly cipher: FieldCipher; readonly now: () => string },
): Waybills => {
  const find = async (number: string): Promise<string | undefined> => {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: keyOf(number), ConsistentRead: true }));
    return Item && Claim.parse(Item).shipment;
  };
  const parkedRows = {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :parked)",
    ConsistentRead: true,
  };
  return {
    find,
    async claim(number, shipment) {
      try {
        await client.send(
          new PutCommand({
            TableName: table,
            Item: { ...keyOf(number), shipment, expiresAt: inDays(CLAIMED_DAYS, Date.parse(now())) },
            ConditionExpression: "attribute_not_exists(shipment) OR shipment = :shipment",
            ExpressionAttributeValues: { ":shipment": shipment },
          }),
        );
        return "claimed";
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return "taken";
        throw error;
      }
    },
    async release(number, shipment) {
      try {
        await client.send(
          new PutCommand({
            TableName: table,
            Item: { ...keyOf(number), expiresAt: inDays(PARKED_DAYS, Date.parse(now())) },
            ConditionExpression: "shipment = :shipment",
            ExpressionAttributeValues: { ":shipment": shipment },
          }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
    async park(push, at) {
      const pk = keyOf(push.number).pk;
      const { Count = 0 } = await client.send(
        new QueryCommand({
          TableName: table,
          ...parkedRows,
          ExpressionAttributeValues: { ":pk": pk, ":parked": PARKED },
          Select: "COUNT",
          Limit: PARKED_AT_MOST,
        }),
      );
      if (Count >= PARKED_AT_MOST) return "full";
      const id = pushId(push);
      try {
        await client.send(
          new PutCommand({
            TableName: table,
            Item: {
              pk,
              sk: `${PARKED}${id}`,
              at,
              parked: sealedPush(cipher, push),
              expiresAt: inDays(PARKED_DAYS, Date.parse(at)),
            },
            ConditionExpression: "attribute_not_exists(pk)",
          }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
      return { id, push };
    },
    async parked(number) {
      const pushes: (ParkedPush & { readonly at: string })[] = [];
      const pages = paginateQuery(
        { client },
        {
          TableName: table,
          ...parkedRows,
          ExpressionAttributeValues: { ":pk": keyOf(number).pk, ":parked": PARKED },
        },
      );
      for await (const { Items = [] } of pages)
        for (const { sk, at, parked } of Items)
          pushes.push({
            id: String(sk).slice(PARKED.length),
            at: String(at),
            push: openedPush(cipher, number, parked),
          });
      return pushes.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).map(({ id, push }) => ({ id, push }));
    },
  };
};
