import { clientAddress } from "../domain/client-address.ts";
import { NO_BODY } from "../domain/message.ts";
import { type MessagePart, messageTemplate } from "../domain/message-template.ts";
import { askedScheme } from "../routing/asked.ts";
import { captured, fieldLists, joined, pathAndQuery, queryLists } from "../routing/event-values.ts";
import type { SideLayer, SideRequest } from "./contract.ts";

type Filling = (request: SideRequest) => string;

/** Tells a side that is a stream or a queue what its message has beside the body. */
export const messageValues: SideLayer = {
  name: "messageValues",
  create(route, side, _shadow, { upstreams, trusted }) {
    const upstream = upstreams.get(route[side]?.upstream ?? "");
    if (upstream?.kind !== "messages") return undefined;
    const addressOf: Filling = ({ client, decision: { head, scanned } }) =>
      client?.address ?? clientAddress(head.remoteAddress, scanned.forwardedFor ?? [], trusted);
    const fillings = Object.entries(upstream.messages.templates).map(([name, text]) => {
      const template = messageTemplate(text);
      // What the files refuse stays as it is.
      const parts = "parts" in template ? template.parts : [text];
      return [name, parts.map((part) => fillingOf(part, addressOf))] as const;
    });
    return {
      wrap: (open) => (request, listener) => {
        // The body is taken whole before anybody is asked.
        if (request.decision.head.expectContinue && request.framing !== NO_BODY)
          listener.onInform(100, "Continue", []);
        const message = Object.fromEntries(
          fillings.map(([name, parts]) => [name, parts.map((part) => part(request)).join("")]),
        );
        return open({ ...request, message }, listener);
      },
    };
  },
};

function fillingOf(part: MessagePart, addressOf: Filling): Filling {
  if (typeof part === "string") return () => part;
  if ("place" in part) return placeOf(part);
  const { variable } = part;
  if (variable === "requestId") return ({ requestId }) => requestId;
  if (variable === "route") return ({ decision }) => decision.live.id;
  if (variable === "host") return ({ decision }) => decision.host;
  if (variable === "scheme") return ({ decision }) => askedScheme(decision);
  return addressOf;
}

/** What there is none of is empty; of several values all, as events of API Gateway have them. */
function placeOf({ place, name }: Exclude<MessagePart, string | { variable: unknown }>): Filling {
  const all = (lists: Readonly<Record<string, readonly string[]>> | undefined) => joined(lists?.[name] ?? []);
  if (place === "header") return ({ headers }) => all(fieldLists(headers, (sent) => sent.toLowerCase()));
  if (place === "query") return ({ target }) => all(queryLists(pathAndQuery({ path: target })[1]));
  return ({ decision }) => captured(decision)?.[name] ?? "";
}
