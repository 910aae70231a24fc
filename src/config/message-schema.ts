import { z } from "zod";
import {
  ATTRIBUTE_TYPES,
  isAttributeNumber,
  isHashKey,
  MAX_ATTRIBUTES,
  type MESSAGE_BOUNDS,
} from "../domain/message-target.ts";
import {
  jsonTemplate,
  MESSAGE_VARIABLES,
  messageTemplate,
  REQUEST_PLACES,
} from "../domain/message-template.ts";
import { choice, flag, leaf, numberLeaf, textLeaf, Wrong, withoutReferences } from "./leaf.ts";
import { suggestion } from "./nearest.ts";
import { duration, size } from "./scalars.ts";

const count = (max: number) => numberLeaf("count", { whole: true, min: 1, max });

const KNOWN: readonly string[] = [
  ...MESSAGE_VARIABLES.map((name) => `$${name}`),
  ...REQUEST_PLACES.map((place) => `$request.${place}.NAME`),
  "$request.body",
  "$request.body.NAME",
];
const TEMPLATE_LIKE = `write text and variables: ${KNOWN.join(", ")}; $$ is a dollar`;

const unknownVariable = (subject: string, name: string) =>
  new Wrong(
    `${subject} has a variable that there is not, $${name}`,
    name.endsWith("[")
      ? "write a number between the brackets, like $request.body.lines[0].id"
      : `${suggestion(`$${name}`, KNOWN, "variables")}; $$ is a dollar`,
  );

/** Texts without a variable. */
const isFixed = (text: string) => {
  const read = messageTemplate(text);
  return "parts" in read && read.parts.every((part) => typeof part === "string");
};

export function template(also?: (text: string) => Wrong | undefined) {
  return textLeaf("template", TEMPLATE_LIKE, (text) => {
    if (text === "") return new Wrong("it is empty", TEMPLATE_LIKE);
    const read = messageTemplate(text);
    return "parts" in read ? (also?.(text) ?? text) : unknownVariable("{value}", read.unknown);
  });
}

/** JSON whose texts are templates; given as JSON text. */
function jsonBody() {
  const like = "write a value of JSON with templates in its texts, like { id: $request.body.id }";
  return leaf({ title: "a value of JSON, its texts templates" }, (given) => {
    const value = withoutReferences(given);
    const read = value === undefined ? undefined : jsonTemplate(value);
    if (read === undefined) return new Wrong("{value} is no JSON", like);
    return "unknown" in read ? unknownVariable("it", read.unknown) : JSON.stringify(value);
  });
}

export const FILLED =
  "`$request.header.NAME`, `$request.query.NAME`, `$request.path.NAME` (what the route's path captures), `$request.body` (the body, as text), `$request.body.NAME` (of a body in JSON; `$request.body.lines[0].id` goes further down), `$requestId`, `$route`, `$client`, `$host` and `$scheme` stand for what they are of the request.";

/** What a message is made of. */
export const content = {
  body: template()
    .optional()
    .describe(`The message's body, as text. Left out: the request's, byte for byte. ${FILLED}`),
  json: jsonBody()
    .optional()
    .describe(
      "The message's body as JSON, in place of `body`: a mapping or list whose texts are templates, escaped as JSON needs it. A text that is nothing but `$request.body.NAME` is that value, whatever it is, and its member is left out where there is none.",
    ),
};

export const hashKey = () =>
  template((text) =>
    isFixed(text) && !isHashKey(text)
      ? new Wrong("{value} is no hash key", "write a whole number below 2^128, or leave it out")
      : undefined,
  );

const ATTRIBUTE_LIKE =
  "write up to 256 letters, digits, _, - and single dots, not beginning with AWS. or Amazon.";

const attributeName = () =>
  textLeaf("attribute's name", ATTRIBUTE_LIKE, (text) =>
    /^[\w.-]{1,256}$/.test(text) && !/^\.|\.\.|\.$|^(?:aws|amazon)\./i.test(text)
      ? text
      : new Wrong("{value} is not an attribute's name", ATTRIBUTE_LIKE),
  );

const typed = z
  .strictObject({
    type: choice(ATTRIBUTE_TYPES)
      .prefault("String")
      .describe("What it is to SQS. The text of a `Binary` is sent as its bytes in UTF-8."),
    value: template().describe(`Its value. ${FILLED}`),
  })
  .superRefine(({ type, value }, context) => {
    if (type !== "Number" || !isFixed(value) || isAttributeNumber(value)) return;
    const params = { remedy: "write a number, like 7 or 0.5, or another type" };
    context.addIssue({ code: "custom", path: ["value"], message: "{value} is no number", params });
  });

export const attributes = () =>
  z
    .record(
      attributeName(),
      z.union([template().transform((value) => ({ type: "String" as const, value })), typed]),
    )
    .superRefine((all, context) => {
      if (Object.keys(all).length <= MAX_ATTRIBUTES) return;
      const params = { remedy: "leave some out, or put them into the body" };
      context.addIssue({
        ...{ code: "custom", path: [], params },
        message: `messages have at most ${MAX_ATTRIBUTES} attributes`,
      });
    })
    .optional();

export function messages(bounds: (typeof MESSAGE_BOUNDS)[keyof typeof MESSAGE_BOUNDS]) {
  return {
    wait: flag()
      .prefault(true)
      .describe(
        "true: each message is sent by itself, and its client gets 200 with the service's id. false: messages go together, and clients get 202 without an id, once the service has their message.",
      ),
    batch: z
      .strictObject({
        count: count(bounds.count).prefault(bounds.count).describe("Messages in one call."),
        bytes: size({ positive: true, maxBytes: bounds.bytes })
          .prefault(`${bounds.bytes / 1024 / 1024}MiB`)
          .describe("Bytes of the messages in one call."),
        delay: duration({ maxMs: 10_000 })
          .prefault("50ms")
          .describe("How long the first message of a call waits for others. Looked at every 50 ms or so."),
      })
      .prefault({})
      .describe("With `wait: false`: how messages go together."),
    concurrency: count(100_000)
      .prefault(1000)
      .describe("Messages under way at once; any more get 503 `upstream_busy`."),
  };
}
