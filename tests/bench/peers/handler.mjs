// A door in Node, for comparison: the signature over the raw body, one conditional put, an answer. What Dayzero does besides (two live
// secrets, compression, sealing under a key of its own, which is a second write) it leaves out.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";

const dynamodb = new DynamoDBClient({});
const secret = process.env.WEBHOOK_SECRET;

export async function handler(event) {
  const body = Buffer.from(event.body ?? "");
  const presented = Buffer.from(event.headers?.["x-hub-signature-256"] ?? "");
  const expected = Buffer.from("sha256=" + createHmac("sha256", secret).update(body).digest("hex"));
  if (presented.length !== expected.length || !timingSafeEqual(presented, expected)) return { statusCode: 401, body: "refused" };
  const Item = { pk: { S: "delivery#meta#" + createHash("sha256").update(body).digest("hex") }, sk: { S: "raw" }, body: { B: body } };
  try {
    await dynamodb.send(new PutItemCommand({ TableName: "dayzero", Item, ConditionExpression: "attribute_not_exists(pk)" }));
  } catch (error) {
    if (error.name !== "ConditionalCheckFailedException") throw error;
  }
  return { statusCode: 200, body: "stored" };
}
