import { headerLines } from "../../domain/headers.ts";
import type { RawHeaders } from "../../domain/message.ts";
import type { AuthorizerPolicy } from "../../domain/policies/authorizer.ts";
import { askedHost } from "../../routing/asked.ts";
import { templateOf } from "../../routing/template.ts";
import type { ServedRequest } from "../contract.ts";
import { pathAndQuery, queryPairs } from "./asked.ts";

/** What an event is made of. */
interface EventFacts {
  readonly request: ServedRequest;
  readonly policy: AuthorizerPolicy;
  /** The identity sources' values. */
  readonly values: readonly string[];
  readonly arn: string;
  readonly nowMs: number;
}

type Lists = Record<string, string[]>;

const STRICT = new TextDecoder("utf-8", { fatal: true });

/** Bytes as the text that they are in UTF-8; others as they are. */
function text(latin1: string): string {
  if (!/[\x80-\xff]/.test(latin1)) return latin1;
  try {
    return STRICT.decode(Buffer.from(latin1, "latin1"));
  } catch {
    return latin1;
  }
}

/** Nothing that a client names becomes a property of the language's. */
const empty = <Value>(): Record<string, Value> => Object.create(null) as Record<string, Value>;

function fieldLists(headers: RawHeaders, name: (sent: string) => string): Lists {
  const lists = empty<string[]>();
  for (let i = 0; i < headers.length; i += 2) {
    const key = name(headers[i] as string);
    lists[key] ??= [];
    lists[key].push(text(headers[i + 1] as string));
  }
  return lists;
}

function queryLists(query: string): Lists | undefined {
  const lists = empty<string[]>();
  for (const [name, value] of queryPairs(query)) {
    const key = text(name);
    lists[key] ??= [];
    lists[key].push(text(value));
  }
  return Object.keys(lists).length === 0 ? undefined : lists;
}

function mapped(lists: Lists, value: (list: readonly string[]) => string): Record<string, string> {
  const values = empty<string>();
  for (const [name, list] of Object.entries(lists)) values[name] = value(list);
  return values;
}

const last = (list: readonly string[]) => list.at(-1) as string;
const joined = (list: readonly string[]) => list.join(",");

function captured({ decision }: ServedRequest): Record<string, string> | undefined {
  const template = templateOf(decision.live.definition.match.path);
  if ("problem" in template || template.names.length === 0) return undefined;
  const values = empty<string>();
  template.names.forEach((name, at) => {
    values[name] = text(decision.captures[at] ?? "");
  });
  return values;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** As the Common Log Format writes it, in UTC. */
function logTime(ms: number): string {
  const date = new Date(ms);
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
  return `${day}:${[date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":")} +0000`;
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
    pathParameters: captured(request) ?? {},
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
  const pathParameters = captured(request);
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
