import { clientAddress } from "../domain/client-address.ts";
import { NO_BODY } from "../domain/message.ts";
import type { AttributeType, MessageContent, MessageTarget } from "../domain/message-target.ts";
import {
  type JsonPart,
  jsonTemplate,
  type MessagePart,
  messageTemplate,
} from "../domain/message-template.ts";
import type { SideLayer, SideRequest } from "./contract.ts";
import { Filling, NoMessage } from "./message-content.ts";

/** A target's templates, read. */
interface Templates {
  readonly values: readonly (readonly [name: string, parts: readonly MessagePart[]])[];
  readonly attributes: readonly {
    readonly name: string;
    readonly type: AttributeType;
    readonly parts: readonly MessagePart[];
  }[];
  /** Undefined: the request's body as it is. */
  readonly body: readonly MessagePart[] | JsonPart | undefined;
}

/** Tells a side that is a stream or a queue what message a request is. */
export const messageValues: SideLayer = {
  name: "messageValues",
  create(route, side, _shadow, { upstreams, trusted }) {
    const upstream = upstreams.get(route[side]?.upstream ?? "");
    if (upstream?.kind !== "messages") return undefined;
    const addressOf = ({ client, decision: { head, scanned } }: SideRequest) =>
      client?.address ?? clientAddress(head.remoteAddress, scanned.forwardedFor ?? [], trusted);
    const templates = templatesOf(upstream.messages);
    return {
      wrap: (open) => (request, listener) => {
        // The body is taken whole before anybody is asked.
        if (request.decision.head.expectContinue && request.framing !== NO_BODY)
          listener.onInform(100, "Continue", []);
        const message: SideRequest["message"] = (body) =>
          contentOf(templates, new Filling(request, body, addressOf));
        return open({ ...request, message }, listener);
      },
    };
  },
};

function templatesOf({ templates, attributes, content }: MessageTarget): Templates {
  return {
    values: Object.entries(templates).map(([name, text]) => [name, partsOf(text)]),
    attributes: Object.entries(attributes ?? {}).map(([name, { type, value }]) => ({
      ...{ name, type, parts: partsOf(value) },
    })),
    body: content && ("json" in content ? jsonOf(content.json) : partsOf(content.text)),
  };
}

// What the files refuse stays as it is.
function partsOf(text: string): readonly MessagePart[] {
  const template = messageTemplate(text);
  return "parts" in template ? template.parts : [text];
}

function jsonOf(json: string): JsonPart {
  const template = jsonTemplate(JSON.parse(json));
  return "unknown" in template ? { kind: "fixed", json } : template;
}

function contentOf({ values, attributes, body }: Templates, filling: Filling): MessageContent {
  try {
    return {
      values: Object.fromEntries(values.map(([name, parts]) => [name, filling.text(parts)])),
      attributes: attributes
        .map(({ name, type, parts }) => ({ name, type, value: filling.text(parts) }))
        // Services take none that is empty: what a request lacks, its message does.
        .filter(({ value }) => value !== ""),
      body: body && ("kind" in body ? filling.jsonOf(body) : filling.text(body)),
    };
  } catch (error) {
    if (error instanceof NoMessage) return { problem: error.message };
    throw error;
  }
}
