import { isAttributeNumber, type MessageAttribute, type QueueTarget } from "../../domain/message-target.ts";
import { viewOf } from "../../wire/view-of.ts";
import type { Content, MessageService, Sent } from "./contract.ts";
import { failedBy } from "./failures.ts";
import { textOf, texts } from "./values.ts";

/** SQS's bound of a message, and of all that go together. A queue may have a lower one. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
const TITLE = "SQS";
/** What a message may not have (SendMessage, MessageBody). */
const NO_MESSAGE = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
/** MessageGroupId and MessageDeduplicationId. */
const ID = /^[!-~]{1,128}$/;

/** As SQS is told of attributes, by name. */
function attributesOf(attributes: readonly MessageAttribute[]) {
  return Object.fromEntries(
    attributes.map(({ name, type, value }) => [
      name,
      type === "Binary"
        ? { DataType: type, BinaryValue: Buffer.from(value).toString("base64") }
        : { DataType: type, StringValue: value },
    ]),
  );
}

/** Name, type and value of an attribute are part of a message's length. */
function attributeBytes(attributes: readonly MessageAttribute[]): number {
  let bytes = 0;
  for (const { name, type, value } of attributes)
    bytes += name.length + type.length + Buffer.byteLength(value);
  return bytes;
}

function attributeProblem({ name, type, value }: MessageAttribute): string | undefined {
  if (type === "Number" && !isAttributeNumber(value)) return `its attribute ${name} is no number`;
  return type === "String" && NO_MESSAGE.test(value)
    ? `its attribute ${name} is not text as queues have it`
    : undefined;
}

/** SendMessage and SendMessageBatch (API version 2012-11-05, as JSON). */
export function sqs({ queue, base64, delaySeconds }: QueueTarget): MessageService {
  const bodyOf = ({ body }: Content) => (base64 ? viewOf(body).toString("base64") : (textOf(body) ?? ""));
  const entry = (message: Content) => {
    const { group, deduplication } = message.values;
    const { attributes } = message;
    return {
      MessageBody: bodyOf(message),
      ...(attributes.length === 0 ? {} : { MessageAttributes: attributesOf(attributes) }),
      ...(delaySeconds === undefined ? {} : { DelaySeconds: delaySeconds }),
      ...(group === undefined ? {} : { MessageGroupId: group }),
      ...(deduplication === undefined ? {} : { MessageDeduplicationId: deduplication }),
    };
  };
  const call = (action: string, content: object) => ({
    target: `AmazonSQS.${action}`,
    contentType: "application/x-amz-json-1.0",
    body: JSON.stringify({ QueueUrl: queue, ...content }),
  });
  return {
    ...{ title: TITLE, place: queue, maxBytes: MAX_MESSAGE_BYTES },
    bytesOf: ({ body, attributes }) =>
      (base64 ? Math.ceil(body.length / 3) * 4 : body.length) + attributeBytes(attributes),
    problemOf({ body, values, attributes }) {
      if (body.length === 0) return "it is empty";
      const text = base64 ? "" : textOf(body);
      if (text === undefined || NO_MESSAGE.test(text)) return "its body is not text as queues have it";
      const wrong = Object.entries(values).find(([, value]) => !ID.test(value));
      if (wrong !== undefined)
        return `its ${wrong[0]} is empty, too long or has other characters than letters, digits and signs`;
      return attributes.map(attributeProblem).find((problem) => problem !== undefined);
    },
    one: (message) => call("SendMessage", entry(message)),
    several: (messages) =>
      call("SendMessageBatch", {
        Entries: messages.map((message, i) => ({ Id: String(i), ...entry(message) })),
      }),
    readOne: (answer) => texts(answer, ["MessageId", "SequenceNumber"], "MessageId"),
    readSeveral({ Successful: taken, Failed: failed }, count) {
      const all = new Map<string, Sent>();
      for (const { Id } of rows(taken)) all.set(String(Id), { kind: "taken", said: {} });
      for (const { Id, Code, SenderFault, Message: text } of rows(failed)) {
        const name = typeof Code === "string" && /^[\w.]{1,100}$/.test(Code) ? Code : "";
        all.set(String(Id), failedBy(TITLE, SenderFault === true ? 400 : 500, name, String(text)));
      }
      return Array.from({ length: count }, (_, i) => all.get(String(i)));
    },
  };
}

function rows(list: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(list) ? list.filter((row) => typeof row === "object" && row !== null) : [];
}
