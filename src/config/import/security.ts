import { awsDomain } from "../../domain/aws.ts";
import { compileWholePattern } from "../../domain/text-pattern/whole.ts";
import type { Integration } from "./integrations.ts";
import { type Json, list, mapping, text } from "./written-document.ts";

/** Policies of routes, as files have them, and what of a scheme is not in them. */
interface SchemePolicies {
  readonly policies: Json;
  readonly left: readonly string[];
}

const none = (...left: readonly string[]): SchemePolicies => ({ policies: {}, left });

/** `method.request.header.Authorization, context.x` and `$request.header.Authorization` as identity sources. */
function identityOf(source: unknown): {
  readonly identity: readonly string[];
  readonly left: readonly string[];
} {
  const all = Array.isArray(source) ? source.map(String) : (text(source) ?? "").split(",");
  const identity: string[] = [];
  const left: string[] = [];
  for (const one of all.map((part) => part.trim()).filter((part) => part !== "")) {
    const [, kind, name = ""] = /^(?:method\.request|\$request)\.(header|querystring)\.(.+)$/.exec(one) ?? [];
    if (kind === undefined) left.push(`the identity source ${one}`);
    else identity.push(kind === "header" ? `header:${name.toLowerCase()}` : `query:${name}`);
  }
  return { identity, left };
}

function lambdaAuthorizer(
  scheme: Json,
  authorizer: Json,
  functionOf: (uri: unknown) => Integration,
): SchemePolicies {
  const found = functionOf(authorizer.authorizerUri);
  const lambda = mapping(mapping(found.upstream?.value).lambda);
  if (text(lambda.function) === undefined) return none(...found.left, "its authorizer");
  const type = text(authorizer.type) === "token" ? "token" : "request";
  const named = text(scheme.name);
  const inHeader =
    scheme.in === "header" && named !== undefined && named !== "Unused"
      ? `header:${named.toLowerCase()}`
      : undefined;
  const { identity, left } = identityOf(authorizer.identitySource);
  const sources = identity.length > 0 ? identity : inHeader === undefined ? [] : [inHeader];
  const pattern = text(authorizer.identityValidationExpression);
  const compiled = pattern === undefined ? undefined : compileWholePattern(pattern);
  const form = authorizer.authorizerPayloadFormatVersion;
  const version = String(form ?? "1.0");
  const said = authorizer.authorizerResultTtlInSeconds;
  // HTTP APIs, which alone say a form, keep nothing unless they say how long. Nothing is kept under less than was asked by.
  const partly = left.length > 0 || (type === "request" && sources.length === 0);
  const ttl = partly ? 0 : (said ?? (form === undefined ? undefined : 0));
  const known = pattern !== undefined && compiled !== undefined && !("problem" in compiled);
  return {
    policies: {
      authorizer: {
        function: {
          name: lambda.function,
          ...(lambda.qualifier === undefined ? {} : { qualifier: lambda.qualifier }),
          ...(lambda.region === undefined ? {} : { region: lambda.region }),
        },
        type,
        ...(type === "request" && version === "2.0" ? { payload: "2.0" } : {}),
        ...(sources.length === 0 && type === "token" ? {} : { identity: sources }),
        ...(known && sources.length === 1 ? { validation: pattern } : {}),
        ...(typeof ttl === "number" || typeof ttl === "string" ? { ttl: `${ttl}s` } : {}),
      },
    },
    left: [
      ...left,
      ...found.changed,
      ...(partly && Number(said ?? 1) > 0 ? ["that its answers are kept: each request is asked about"] : []),
      ...(pattern !== undefined && !known ? [`its validation expression ${pattern}`] : []),
    ],
  };
}

/** Where a token is, if not in Authorization: `from` of a rule. */
function tokenPlaces(identity: readonly string[]): Json {
  return identity.length === 0 || identity.join() === "header:authorization" ? {} : { from: identity };
}

/** API Gateway takes both; clients of user pools often send the bare token. */
const BARE = "a token in Authorization without `Bearer` before it, which is none here";

function bareLeft(identity: readonly string[]): readonly string[] {
  return identity.length === 0 || identity.includes("header:authorization") ? [BARE] : [];
}

function cognitoOf(scheme: Json, authorizer: Json, scopes: readonly string[]): SchemePolicies {
  const arns = list(authorizer.providerARNs).map(String);
  const issuers = arns.flatMap((arn) => {
    const [, region = "", pool] = /^arn:[\w-]+:cognito-idp:([\w-]+):\d*:userpool\/([\w-]+)$/.exec(arn) ?? [];
    return pool === undefined ? [] : [`https://cognito-idp.${region}.${awsDomain(region)}/${pool}`];
  });
  const named = arns.join(", ") || "none is named";
  if (issuers.length === 0) return none(`the user pools of its authorizer (${named})`);
  const header = text(scheme.name);
  const places = header === undefined ? [] : [`header:${header.toLowerCase()}`];
  const rules = issuers.map((issuer) => ({
    ...{ issuer, audience: false },
    ...(scopes.length === 0 ? {} : { scopes }),
    // Without scopes it is an ID token that API Gateway asks for.
    claims: { token_use: scopes.length === 0 ? "id" : "access" },
    ...tokenPlaces(places),
  }));
  return {
    policies: { jwt: rules.length === 1 ? rules[0] : rules },
    left: [
      "which app clients may ask: any of the pool's may here, until `jwt.cognito` names them",
      ...bareLeft(places),
      ...(issuers.length < arns.length ? [`some user pools of its authorizer (${named})`] : []),
    ],
  };
}

function jwtOf(authorizer: Json, scopes: readonly string[]): SchemePolicies {
  const { issuer, audience } = mapping(authorizer.jwtConfiguration);
  if (text(issuer) === undefined) return none("its JWT authorizer, which names no issuer");
  const audiences = list(audience).map(String);
  const { identity, left } = identityOf(authorizer.identitySource);
  const jwt = {
    issuer,
    audience: audiences.length === 0 ? false : audiences,
    ...(scopes.length === 0 ? {} : { scopes }),
    ...tokenPlaces(identity),
  };
  return { policies: { jwt }, left: [...left, ...bareLeft(identity)] };
}

/** What a security scheme of API Gateway asks of a request. */
export function schemePolicies(
  scheme: Json,
  scopes: readonly string[],
  functionOf: (uri: unknown) => Integration,
): SchemePolicies {
  const authorizer = mapping(scheme["x-amazon-apigateway-authorizer"]);
  const type = text(authorizer.type)?.toLowerCase();
  const authtype = text(scheme["x-amazon-apigateway-authtype"]) ?? "";
  if (type === "token" || type === "request") return lambdaAuthorizer(scheme, authorizer, functionOf);
  if (type === "cognito_user_pools") return cognitoOf(scheme, authorizer, scopes);
  if (type === "jwt") return jwtOf(authorizer, scopes);
  if (/awsSigv4/i.test(authtype)) return none("IAM authorization (SigV4)");
  if (scheme.type === "apiKey" && scheme.in === "header" && /^x-api-key$/i.test(text(scheme.name) ?? ""))
    return { policies: { apiKeys: { header: "x-api-key" } }, left: [] };
  return none(`the security scheme of type ${text(scheme.type) ?? "none"}`);
}
