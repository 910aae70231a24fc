import { corsSchema } from "../policies/cors.ts";
import { type Operation, resolved } from "./operations.ts";
import { type Json, list, mapping, text } from "./written-document.ts";

const INTEGRATION = "x-amazon-apigateway-integration";

function headersOf(integration: Json): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const answer of Object.values(mapping(integration.responses)))
    for (const [to, from] of Object.entries(mapping(mapping(answer).responseParameters))) {
      const name = /^method\.response\.header\.(access-control-.+)$/i.exec(to)?.[1];
      const constant = /^'(.*)'$/.exec(String(from))?.[1];
      if (name !== undefined && constant !== undefined) headers[name.toLowerCase()] = constant;
    }
  return headers;
}

/** The OPTIONS method that REST APIs answer preflights with. */
export function isCorsMock({ method, value }: Operation, root: Json): boolean {
  const integration = resolved(root, value[INTEGRATION]);
  if (method !== "OPTIONS" || text(integration.type)?.toLowerCase() !== "mock") return false;
  return headersOf(integration)["access-control-allow-origin"] !== undefined;
}

const words = (value: string | undefined) =>
  (value ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

function ofShared(shared: Json): Json {
  const many = (name: string) => list(shared[name]).map(String);
  const age = shared.maxAge;
  const set = (key: string, values: readonly string[]) => (values.length === 0 ? {} : { [key]: values });
  return {
    allowOrigins: many("allowOrigins"),
    ...set(
      "allowMethods",
      many("allowMethods").map((method) => method.toUpperCase()),
    ),
    ...set("allowHeaders", many("allowHeaders")),
    ...set("exposeHeaders", many("exposeHeaders")),
    ...(shared.allowCredentials === true ? { allowCredentials: true } : {}),
    ...(typeof age === "number" ? { maxAge: `${age}s` } : {}),
  };
}

function ofMock(integration: Json): Json {
  const headers = headersOf(integration);
  const methods = words(headers["access-control-allow-methods"]).map((method) => method.toUpperCase());
  const allowed = words(headers["access-control-allow-headers"]);
  const age = headers["access-control-max-age"];
  return {
    allowOrigins: words(headers["access-control-allow-origin"]),
    ...(methods.length === 0 ? {} : { allowMethods: methods }),
    ...(allowed.length === 0 ? {} : { allowHeaders: allowed }),
    ...(headers["access-control-allow-credentials"] === "true" ? { allowCredentials: true } : {}),
    ...(age === undefined || !/^\d+$/.test(age) ? {} : { maxAge: `${age}s` }),
  };
}

/** `policies.cors` of an OPTIONS mock, or of `{ shared }`, HTTP APIs' own; undefined: it cannot be said here. */
export function corsOf(given: Json, left: (what: string) => void): Json | undefined {
  const policy = given.shared === undefined ? ofMock(given) : ofShared(mapping(given.shared));
  const found = corsSchema.safeParse(policy);
  if (found.success) return policy;
  left(`CORS: ${found.error.issues[0]?.message ?? "it cannot be said here"}`);
  return undefined;
}
