import { z } from "zod";
import { MAX_ATTRIBUTES, MESSAGE_BOUNDS } from "../domain/message-target.ts";
import { awsPlace, word } from "./aws-schema.ts";
import { flag, leaf, textLeaf, Wrong } from "./leaf.ts";
import { attributes, content, FILLED, hashKey, messages, template } from "./message-schema.ts";
import { duration } from "./scalars.ts";

const PREFIX_LIKE = "write a folder of keys, like static/ or site/v2/, without a first slash";

/** `static` is `static/`. */
function keyPrefix() {
  return textLeaf("prefix", PREFIX_LIKE, (text) => {
    if (text === "") return "";
    const wrong =
      /^\/|\/\/|\p{Cc}/u.test(text) || text.split("/").some((part) => part === "." || part === "..");
    if (wrong || Buffer.byteLength(text) > 512) return new Wrong("{value} is no folder of keys", PREFIX_LIKE);
    return text.endsWith("/") ? text : `${text}/`;
  });
}

const INDEX_LIKE = "write an object's name, like index.html, or false";

function indexName() {
  return leaf(
    { title: "object's name, or false", anyOf: [{ type: "string" }, { const: false }] },
    (value) => {
      if (value === false || value === "false") return false;
      return typeof value === "string" && /^[^/\p{Cc}]{1,200}$/u.test(value) && !/^\.\.?$/.test(value)
        ? value
        : new Wrong("{value} is not an object's name", INDEX_LIKE);
    },
  );
}

/** A bucket whose objects are a side's answers. */
export const s3Object = z.strictObject({
  bucket: word(
    "bucket",
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    "write a bucket's name, like shop-assets",
  ).describe("The bucket."),
  prefix: keyPrefix()
    .prefault("")
    .describe("The folder of keys that this upstream has. No path leads out of it."),
  index: indexName()
    .prefault("index.html")
    .describe("The object that stands for a folder (`/`, `/docs/`). false: none does."),
  list: flag()
    .prefault(false)
    .describe(
      "true: a folder is listed in S3's XML (ListObjectsV2), where there is no `index` or `?list-type=2` asks for it. Keys and the bucket's name are told in it.",
    ),
  write: flag()
    .prefault(false)
    .describe(
      "true: PUT and DELETE write objects, in parts too (S3's multipart upload). Else they get 405 `object_method`.",
    ),
  pathStyle: flag()
    .optional()
    .describe(
      "true: the bucket stands in the path and not in the host. Left out: with an `endpoint`, and for a bucket with a dot in its name.",
    ),
  ...awsPlace("S3", ""),
});

/** A stream whose records requests are. */
export const kinesisObject = z.strictObject({
  stream: word("stream", /^[\w.-]{1,128}$/, "write a stream's name, like orders").describe("The stream."),
  partitionKey: template()
    .prefault("$requestId")
    .describe(`What chooses a record's shard; records with the same key keep their order. ${FILLED}`),
  explicitHashKey: hashKey()
    .optional()
    .describe(
      `A whole number of 128 bits that chooses a record's shard in place of the partition key. ${FILLED}`,
    ),
  ...content,
  ...messages(MESSAGE_BOUNDS.kinesis),
  ...awsPlace("Kinesis", ""),
});

const QUEUE_LIKE = "write the queue's URL, like https://sqs.eu-central-1.amazonaws.com/123456789012/orders";

/** A queue whose messages requests are. */
export const sqsObject = z.strictObject({
  queue: textLeaf("queue's URL", QUEUE_LIKE, (text) => {
    const url = URL.parse(text);
    const fine = url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.search === "";
    return fine && /^\/[\w./-]+$/.test(url.pathname)
      ? text
      : new Wrong("{value} is not a queue's URL", QUEUE_LIKE);
  }).describe("The queue, by its URL."),
  group: template()
    .optional()
    .describe(
      `The message group (\`MessageGroupId\`). A FIFO queue needs it, and keeps the order within each. ${FILLED}`,
    ),
  deduplication: template()
    .optional()
    .describe(
      `By what a FIFO queue knows a message that it has (\`MessageDeduplicationId\`). Left out: by its content, if the queue is set so. ${FILLED}`,
    ),
  delay: duration({ positive: true, maxMs: 15 * 60_000 })
    .optional()
    .describe(
      "How long the queue keeps a message back (`DelaySeconds`), in whole seconds; not of FIFO queues. Left out: as the queue is set.",
    ),
  attributes: attributes().describe(
    `Attributes of the message (\`MessageAttributes\`), at most ${MAX_ATTRIBUTES}, by name: a template, or a mapping of \`type\` and \`value\`. One that comes out empty is left out. ${FILLED}`,
  ),
  ...content,
  base64: flag()
    .prefault(false)
    .describe("true: bodies are sent in base64. Else a body that is no text gets 400 `message_invalid`."),
  ...messages(MESSAGE_BOUNDS.sqs),
  ...awsPlace("SQS", "the URL's, or "),
});
