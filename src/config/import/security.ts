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
  const ttl = authorizer.authorizerResultTtlInSeconds;
  const version = String(authorizer.authorizerPayloadFormatVersion ?? "1.0");
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
        ...(sources.length === 0 ? {} : { identity: sources }),
        ...(known && sources.length === 1 ? { validation: pattern } : {}),
        ...(typeof ttl === "number" || typeof ttl === "string" ? { ttl: `${ttl}s` } : {}),
      },
    },
    left: [
      ...left,
      ...found.changed,
      ...(pattern !== undefined && !known ? [`its validation expression ${pattern}`] : []),
    ],
  };
}

function cognitoOf(authorizer: Json, scopes: readonly string[]): SchemePolicies {
  const arns = list(authorizer.providerARNs).map(String);
  const pools = arns.flatMap(
    (arn) => /^arn:[\w-]+:cognito-idp:([\w-]+):\d*:userpool\/([\w-]+)$/.exec(arn)?.slice(1, 3) ?? [],
  );
  const [region = "", userPool] = pools;
  if (userPool === undefined)
    return none(`the user pools of its authorizer (${arns.join(", ") || "none is named"})`);
  const issuer = `https://cognito-idp.${region}.${awsDomain(region)}/${userPool}`;
  return {
    policies: { jwt: { issuer, audience: false, ...(scopes.length === 0 ? {} : { scopes }) } },
    left: [
      "which app clients may ask: any of the pool's may here, until `jwt.cognito` names them",
      ...(pools.length > 2 ? ["further user pools"] : []),
    ],
  };
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
  if (type === "cognito_user_pools") return cognitoOf(authorizer, scopes);
  if (type === "jwt") {
    const { issuer, audience } = mapping(authorizer.jwtConfiguration);
    if (text(issuer) === undefined) return none("its JWT authorizer, which names no issuer");
    const audiences = list(audience).map(String);
    const jwt = {
      issuer,
      audience: audiences.length === 0 ? false : audiences,
      ...(scopes.length === 0 ? {} : { scopes }),
    };
    return { policies: { jwt }, left: [] };
  }
  if (/awsSigv4/i.test(authtype)) return none("IAM authorization (SigV4)");
  if (scheme.type === "apiKey" && scheme.in === "header" && /^x-api-key$/i.test(text(scheme.name) ?? ""))
    return { policies: { apiKeys: { header: "x-api-key" } }, left: [] };
  return none(`the security scheme of type ${text(scheme.type) ?? "none"}`);
}
