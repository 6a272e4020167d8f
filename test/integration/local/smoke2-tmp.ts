const t = performance.now();
const { startDynamoDb } = await import("#local/cloud/dynamodb.ts");
const { startQueuesAndBuckets } = await import("#local/cloud/queues-and-buckets.ts");
console.log("imports", performance.now()-t);
const q = startQueuesAndBuckets(undefined).then(() => console.log("q", performance.now()-t));
 const d = await startDynamoDb(undefined); console.log("ddb", performance.now()-t);
const t2 = performance.now();
await d.createTable({ physicalId: "abc", properties: { KeySchema: [{ AttributeName: "id", KeyType: "HASH" }], AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }], StreamSpecification: { StreamViewType: "NEW_AND_OLD_IMAGES" } } } as never); console.log("table", performance.now()-t2);
await d.stop(); 
