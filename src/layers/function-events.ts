import { NO_BODY } from "../domain/message.ts";
import { parseSent } from "../domain/sent-json.ts";
import type { Client, SideLayer, SideRequest } from "./contract.ts";
import { event1, event2 } from "./functions/event.ts";

/** Tells a side that is a function what event a request is. Servers are told by the request itself. */
export const functionEvents: SideLayer = {
  name: "functionEvents",
  create(route, side, _shadow, { upstreams, clock }) {
    const upstream = upstreams.get(route[side]?.upstream ?? "");
    if (upstream?.kind !== "lambda") return undefined;
    const target = upstream.lambda;
    const build = target.payload === "1.0" ? event1 : event2;
    // What goes to the side is an event already.
    if (route.message !== undefined)
      return { wrap: (open) => (request, listener) => open({ ...request, event: sentEvent }, listener) };
    return {
      wrap: (open) => (request, listener) => {
        // The body is taken whole before anybody is asked.
        if (request.decision.head.expectContinue && request.framing !== NO_BODY)
          listener.onInform(100, "Continue", []);
        const event: SideRequest["event"] = (body) =>
          build({ request, client: clientOf(request), body, target, nowMs: clock.now() });
        return open({ ...request, event }, listener);
      },
    };
  },
};

const sentEvent: SideRequest["event"] = (body) => parseSent(body?.text ?? "{}") as object;

function clientOf({ client, served }: SideRequest): Client {
  return client ?? { address: served?.clientAddress() ?? "", identity: served?.identity };
}
