import { headerLines } from "../../domain/headers.ts";
import type { AuthorizerPolicy } from "../../domain/policies/authorizer.ts";
import { askedHost } from "../../routing/asked.ts";
import {
  captured,
  fieldLists,
  joined,
  last,
  logTime,
  mapped,
  pathAndQuery,
  queryLists,
  utf8Text as text,
} from "../../routing/event-values.ts";
import type { ServedRequest } from "../contract.ts";

/** What an event is made of. */
interface EventFacts {
  readonly request: ServedRequest;
  readonly policy: AuthorizerPolicy;
  /** The identity sources' values. */
  readonly values: readonly string[];
  readonly arn: string;
  readonly nowMs: number;
}

/** API Gateway's TOKEN event. */
function tokenEvent({ values, arn }: EventFacts) {
  return { type: "TOKEN", authorizationToken: text(values[0] ?? ""), methodArn: arn };
}

/** API Gateway's REQUEST event of REST APIs, which HTTP APIs call 1.0. */
function requestEvent1({ request, policy, arn, nowMs }: EventFacts) {
  const { decision, method } = request;
  const { account, api, stage } = policy.arn;
  const [path, query] = pathAndQuery(decision);
  const template = decision.live.definition.match.path;
  const fields = fieldLists(request.headers, (sent) => sent);
  const params = queryLists(query);
  const agent = headerLines(request.headers, "user-agent")[0];
  return {
    type: "REQUEST",
    methodArn: arn,
    resource: template,
    path: text(path),
    httpMethod: method,
    headers: mapped(fields, last),
    multiValueHeaders: fields,
    queryStringParameters: params === undefined ? {} : mapped(params, last),
    multiValueQueryStringParameters: params ?? {},
    pathParameters: captured(decision) ?? {},
    stageVariables: {},
    requestContext: {
      path: `/${stage}${text(path)}`,
      accountId: account,
      resourceId: decision.live.id,
      stage,
      requestId: request.requestId,
      identity: {
        sourceIp: request.served.clientAddress(),
        userAgent: agent === undefined ? null : text(agent),
      },
      resourcePath: template,
      httpMethod: method,
      apiId: api,
      protocol: `HTTP/${decision.head.version}`,
      domainName: askedHost(decision),
      requestTime: logTime(nowMs),
      requestTimeEpoch: nowMs,
    },
  };
}

/** The REQUEST event 2.0 of API Gateway's HTTP APIs: what there is none of is left out. */
function requestEvent2({ request, policy, values, arn, nowMs }: EventFacts) {
  const { decision, method } = request;
  const { account, api, stage } = policy.arn;
  const [path, query] = pathAndQuery(decision);
  const routeKey = `${method} ${decision.live.definition.match.path}`;
  const { cookie, ...fields } = fieldLists(request.headers, (sent) => sent.toLowerCase());
  const params = queryLists(query);
  const pathParameters = captured(decision);
  const host = askedHost(decision);
  return {
    version: "2.0",
    type: "REQUEST",
    routeArn: arn,
    identitySource: values.map(text),
    routeKey,
    rawPath: text(path),
    rawQueryString: text(query),
    ...(cookie === undefined ? {} : { cookies: cookie.flatMap((line) => line.split(/; */)) }),
    headers: mapped(fields, joined),
    ...(params === undefined ? {} : { queryStringParameters: mapped(params, joined) }),
    requestContext: {
      accountId: account,
      apiId: api,
      domainName: host,
      domainPrefix: host.split(".")[0] ?? "",
      http: {
        method,
        path: text(path),
        protocol: `HTTP/${decision.head.version}`,
        sourceIp: request.served.clientAddress(),
        userAgent: fields["user-agent"]?.[0] ?? "",
      },
      requestId: request.requestId,
      routeKey,
      stage,
      time: logTime(nowMs),
      timeEpoch: nowMs,
    },
    ...(pathParameters === undefined ? {} : { pathParameters }),
  };
}

/** What the function is invoked with, as JSON. */
export function eventOf(facts: EventFacts): string {
  const { type, payload } = facts.policy;
  if (type === "token") return JSON.stringify(tokenEvent(facts));
  return JSON.stringify(payload === "2.0" ? requestEvent2(facts) : requestEvent1(facts));
}
