import type { EventBody } from "../../backends/contract.ts";
import type { FunctionTarget } from "../../domain/function-target.ts";
import { headerLines } from "../../domain/headers.ts";
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
  utf8Text,
} from "../../routing/event-values.ts";
import type { Client, SideRequest } from "../contract.ts";

/** What an event is made of. */
interface EventFacts {
  readonly request: SideRequest;
  readonly client: Client;
  /** Undefined: the request has none. */
  readonly body: EventBody | undefined;
  readonly target: Pick<FunctionTarget, "names" | "variables">;
  readonly nowMs: number;
}

type Json = Record<string, unknown>;

function agentOf(request: SideRequest): string | undefined {
  const [agent] = headerLines(request.headers, "user-agent");
  return agent === undefined ? undefined : utf8Text(agent);
}

/** Whom an API of REST knows by what; all of it is null but for what is known here. */
const NOBODY = {
  cognitoIdentityPoolId: null,
  accountId: null,
  cognitoIdentityId: null,
  caller: null,
  accessKey: null,
  cognitoAuthenticationType: null,
  cognitoAuthenticationProvider: null,
  userArn: null,
  user: null,
} as const;

/** `authorizer` of payload 1.0: claims under `claims`, what an authorizer passed on beside them, as texts. */
export function authorizer1({ identity }: Client): Json | undefined {
  if (identity?.claims === undefined && identity?.context === undefined) return undefined;
  const said: Json = {};
  for (const [name, value] of Object.entries(identity.context ?? {}))
    said[name] = typeof value === "object" ? JSON.stringify(value) : String(value);
  if (identity.subject !== undefined && identity.context !== undefined) said.principalId ??= identity.subject;
  if (identity.claims !== undefined) said.claims = texts(identity.claims);
  return said;
}

/** Of a token every claim is a text. */
function texts(claims: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      Array.isArray(value) && value.every((each) => typeof each !== "object")
        ? `[${value.join(" ")}]`
        : typeof value === "object"
          ? JSON.stringify(value)
          : String(value),
    ]),
  );
}

function scopesOf(claims: Readonly<Record<string, unknown>>): readonly string[] | null {
  const said = claims.scope ?? claims.scp;
  if (Array.isArray(said)) return said.map(String);
  return typeof said === "string" ? said.split(" ").filter((scope) => scope !== "") : null;
}

/** `authorizer` of payload 2.0. */
function authorizer2({ identity }: Client): Json | undefined {
  if (identity?.claims === undefined && identity?.context === undefined) return undefined;
  return {
    ...(identity.claims === undefined
      ? {}
      : { jwt: { claims: texts(identity.claims), scopes: scopesOf(identity.claims) } }),
    ...(identity.context === undefined ? {} : { lambda: identity.context }),
  };
}

/** As REST APIs tell them: without a slash at the end of what `{proxy+}` takes, which `path` has. */
function parameters1({ decision }: SideRequest): Record<string, string> | null {
  const values = captured(decision);
  if (values === undefined) return null;
  const rest = /\{(\w+)\+\}$/.exec(decision.live.definition.match.path)?.[1];
  const taken = rest === undefined ? undefined : values[rest];
  if (rest !== undefined && taken?.endsWith("/") === true) values[rest] = taken.slice(0, -1);
  return values;
}

/** The event of REST APIs: what there is none of is null. */
export function event1({ request, client, body, target, nowMs }: EventFacts): Json {
  const { decision, method, requestId } = request;
  const { account, api, stage } = target.names;
  const [path, query] = pathAndQuery({ path: request.target });
  const template = decision.live.definition.match.path;
  const fields = fieldLists(request.headers, (sent) => sent);
  const params = queryLists(query);
  const host = askedHost(decision);
  const authorizer = authorizer1(client);
  const apiKey = client.identity?.apiKey;
  return {
    resource: template,
    path: utf8Text(path),
    httpMethod: method,
    headers: mapped(fields, last),
    multiValueHeaders: fields,
    queryStringParameters: params === undefined ? null : mapped(params, last),
    multiValueQueryStringParameters: params ?? null,
    pathParameters: parameters1(request),
    stageVariables: Object.keys(target.variables).length === 0 ? null : target.variables,
    requestContext: {
      accountId: account,
      apiId: api,
      ...(authorizer === undefined ? {} : { authorizer }),
      domainName: host,
      domainPrefix: host.split(".")[0] ?? "",
      extendedRequestId: requestId,
      httpMethod: method,
      identity: {
        ...NOBODY,
        ...(apiKey === undefined ? {} : { apiKeyId: apiKey.id }),
        sourceIp: client.address,
        userAgent: agentOf(request) ?? null,
      },
      path: `/${stage}${utf8Text(path)}`,
      protocol: `HTTP/${decision.head.version}`,
      requestId,
      requestTime: logTime(nowMs),
      requestTimeEpoch: nowMs,
      resourceId: decision.live.id,
      resourcePath: template,
      stage,
    },
    body: body?.text ?? null,
    isBase64Encoded: body?.base64 ?? false,
  };
}

/** The event of HTTP APIs: what there is none of is left out. */
export function event2({ request, client, body, target, nowMs }: EventFacts): Json {
  const { decision, method, requestId } = request;
  const { account, api, stage } = target.names;
  const [path, query] = pathAndQuery({ path: request.target });
  const { methods, path: template } = decision.live.definition.match;
  const routeKey = `${methods === undefined ? "ANY" : method} ${template}`;
  const { cookie, ...fields } = fieldLists(request.headers, (sent) => sent.toLowerCase());
  const params = queryLists(query);
  const pathParameters = captured(decision);
  const host = askedHost(decision);
  const authorizer = authorizer2(client);
  return {
    version: "2.0",
    routeKey,
    rawPath: utf8Text(path),
    rawQueryString: utf8Text(query),
    ...(cookie === undefined ? {} : { cookies: cookie.flatMap((line) => line.split(/; */)).filter(Boolean) }),
    headers: mapped(fields, joined),
    ...(params === undefined ? {} : { queryStringParameters: mapped(params, joined) }),
    requestContext: {
      accountId: account,
      apiId: api,
      ...(authorizer === undefined ? {} : { authorizer }),
      domainName: host,
      domainPrefix: host.split(".")[0] ?? "",
      http: {
        method,
        path: utf8Text(path),
        protocol: `HTTP/${decision.head.version}`,
        sourceIp: client.address,
        userAgent: agentOf(request) ?? "",
      },
      requestId,
      routeKey,
      stage,
      time: logTime(nowMs),
      timeEpoch: nowMs,
    },
    ...(body === undefined ? {} : { body: body.text }),
    ...(pathParameters === undefined ? {} : { pathParameters }),
    isBase64Encoded: body?.base64 ?? false,
    ...(Object.keys(target.variables).length === 0 ? {} : { stageVariables: target.variables }),
  };
}
