import type { RawHeaders } from "../domain/message.ts";
import { CONNECT_KEY, DISCONNECT_KEY, type WebSocketApi } from "../domain/websocket-api.ts";
import { fieldLists, last, logTime, mapped, queryLists } from "../routing/event-values.ts";

/** What all events of one connection say of it. */
export interface SocketFacts {
  readonly id: string;
  readonly names: WebSocketApi["names"];
  readonly connectedAt: number;
  readonly address: string;
  readonly userAgent: string | undefined;
  readonly host: string;
  readonly authorizer: object | undefined;
}

interface Moment {
  readonly requestId: string;
  readonly nowMs: number;
}

function context(
  facts: SocketFacts,
  { requestId, nowMs }: Moment,
  routeKey: string,
  eventType: "CONNECT" | "MESSAGE" | "DISCONNECT",
  more: object,
) {
  const { names, authorizer, userAgent } = facts;
  return {
    routeKey,
    ...(authorizer === undefined ? {} : { authorizer }),
    ...more,
    eventType,
    extendedRequestId: requestId,
    requestTime: logTime(nowMs),
    messageDirection: "IN",
    stage: names.stage,
    connectedAt: facts.connectedAt,
    requestTimeEpoch: nowMs,
    identity: { ...(userAgent === undefined ? {} : { userAgent }), sourceIp: facts.address },
    requestId,
    domainName: facts.host,
    connectionId: facts.id,
    apiId: names.api,
  };
}

/** Of `$connect`: it alone has the request's fields and query. */
export function connectEvent(facts: SocketFacts, moment: Moment, headers: RawHeaders, query: string): object {
  const fields = fieldLists(headers, (sent) => sent);
  const params = queryLists(query);
  return {
    headers: mapped(fields, last),
    multiValueHeaders: fields,
    ...(params === undefined
      ? {}
      : { queryStringParameters: mapped(params, last), multiValueQueryStringParameters: params }),
    requestContext: context(facts, moment, CONNECT_KEY, "CONNECT", {}),
    isBase64Encoded: false,
  };
}

export function messageEvent(
  facts: SocketFacts,
  moment: Moment,
  routeKey: string,
  body: { readonly text: string; readonly base64: boolean },
): object {
  return {
    requestContext: context(facts, moment, routeKey, "MESSAGE", { messageId: moment.requestId }),
    body: body.text,
    isBase64Encoded: body.base64,
  };
}

export function disconnectEvent(facts: SocketFacts, moment: Moment, code: number, reason: string): object {
  return {
    headers: { Host: facts.host },
    multiValueHeaders: { Host: [facts.host] },
    requestContext: context(facts, moment, DISCONNECT_KEY, "DISCONNECT", {
      disconnectStatusCode: code,
      disconnectReason: reason,
    }),
    isBase64Encoded: false,
  };
}
