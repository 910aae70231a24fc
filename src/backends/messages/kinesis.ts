import { isHashKey, type StreamTarget } from "../../domain/message-target.ts";
import { viewOf } from "../../wire/view-of.ts";
import type { Content, MessageService, Sent } from "./contract.ts";
import { failedBy } from "./failures.ts";
import { texts } from "./values.ts";

/** Kinesis's bound of a record, its key included, where the stream has no other. */
const MAX_RECORD_BYTES = 1024 * 1024;
const MAX_KEY_CHARS = 256;
const TITLE = "Kinesis";

/** PutRecord and PutRecords (API version 2013-12-02). */
export function kinesis({ stream }: StreamTarget): MessageService {
  const record = ({ body, values }: Content) => ({
    Data: viewOf(body).toString("base64"),
    PartitionKey: keyOf(values),
    ...(values.explicitHashKey === undefined ? {} : { ExplicitHashKey: values.explicitHashKey }),
  });
  const call = (action: string, content: object) => ({
    target: `Kinesis_20131202.${action}`,
    contentType: "application/x-amz-json-1.1",
    body: JSON.stringify({ StreamName: stream, ...content }),
  });
  return {
    ...{ title: TITLE, place: stream, maxBytes: MAX_RECORD_BYTES },
    bytesOf: ({ body, values }) => body.length + Buffer.byteLength(keyOf(values)),
    problemOf({ values }) {
      const { explicitHashKey: hash } = values;
      const chars = [...keyOf(values)].length;
      if (chars === 0) return "its partition key is empty";
      if (chars > MAX_KEY_CHARS) return `its partition key has more than ${MAX_KEY_CHARS} characters`;
      return hash === undefined || isHashKey(hash)
        ? undefined
        : "its explicit hash key is no whole number of 128 bits";
    },
    one: (message) => call("PutRecord", record(message)),
    several: (messages) => call("PutRecords", { Records: messages.map(record) }),
    readOne: (answer) => texts(answer, ["ShardId", "SequenceNumber"], "SequenceNumber"),
    readSeveral({ Records: records }, count) {
      const all: readonly unknown[] = Array.isArray(records) && records.length === count ? records : [];
      return Array.from({ length: count }, (_, i) => sentOf(all[i]));
    },
  };
}

function keyOf(values: Content["values"]): string {
  return values.partitionKey ?? "";
}

function sentOf(record: unknown): Sent | undefined {
  if (typeof record !== "object" || record === null) return undefined;
  const { ErrorCode: name, SequenceNumber: number } = record as Record<string, unknown>;
  // Each failure of a single record is said to be worth another try.
  if (typeof name === "string" && name !== "")
    return failedBy(TITLE, name === "ProvisionedThroughputExceededException" ? 400 : 500, wordOf(name));
  return typeof number === "string" ? { kind: "taken", said: {} } : undefined;
}

function wordOf(name: string): string {
  return /^\w{1,100}$/.test(name) ? name : "";
}
