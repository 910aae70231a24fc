import { misfitsOf, type Operation, resolved } from "./operations.ts";
import { nameOf } from "./route-files.ts";
import { type Json, list, mapping, type Path, text, type WrittenDocument } from "./written-document.ts";

/** Extensions that are looked at, or that change nothing here. */
const KNOWN: ReadonlySet<string> = new Set(
  [
    "integration any-method auth authtype authorizer cors binary-media-types request-validator request-validators",
    "importexport-version tag-value throttling integrations",
  ].flatMap((words) => words.split(" ").map((word) => `x-amazon-apigateway-${word}`)),
);

/** What is said of extensions that no key of the files stands for. */
const SAID: Readonly<Record<string, string>> = {
  "x-amazon-apigateway-gateway-responses":
    "gateway responses: the front door's own errors are listed in docs/reference/errors.md",
  "x-amazon-apigateway-policy": "the resource policy: see policies.networks for addresses",
  "x-amazon-apigateway-endpoint-configuration": "the endpoint configuration",
  "x-amazon-apigateway-minimum-compression-size": "compression: see policies.compress",
  "x-amazon-apigateway-api-key-source": "where API keys come from: here it is the field x-api-key",
  "x-amazon-apigateway-documentation": "its documentation parts",
  "x-amazon-apigateway-further-resources":
    "further resources, on a next page: ask get-resources with --no-paginate, or --limit 500",
};
const MAX_NAMED = 20;

type Left = (at: Path, message: string) => void;

function isForeign(key: string): boolean {
  return key.startsWith("x-") && !key.startsWith("x-amazon-apigateway-");
}

function amazonsExtensions(value: Json, operations: readonly Operation[], left: Left): void {
  const inField = /^header$/i.test(text(value["x-amazon-apigateway-api-key-source"]) ?? "");
  for (const key of Object.keys(value)) {
    const says = key.startsWith("x-amazon-apigateway-") && !KNOWN.has(key);
    if (says && !(inField && key === "x-amazon-apigateway-api-key-source")) left([key], SAID[key] ?? key);
  }
  for (const operation of operations)
    for (const key of Object.keys(operation.value))
      if (key.startsWith("x-amazon-apigateway-") && !KNOWN.has(key))
        left([...operation.at, key], `${nameOf(operation)}: ${key}`);
}

function foreignExtensions(value: Json, operations: readonly Operation[], left: Left): void {
  const items = Object.values(mapping(value.paths)).map((item) => mapping(item));
  const all = [value, mapping(value.paths), ...items, ...operations.map((operation) => operation.value)];
  const names = [...new Set(all.flatMap((part) => Object.keys(part).filter(isForeign)))].sort();
  if (names.length === 0) return;
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : "";
  left([], `extensions of others, which are not looked at: ${names.slice(0, MAX_NAMED).join(", ")}${more}`);
}

/** What the API itself asks of others. */
function ownRequests(value: Json, operations: readonly Operation[], left: Left): void {
  const webhooks = Object.keys(mapping(value.webhooks));
  if (webhooks.length > 0)
    left(["webhooks"], `webhooks (${webhooks.length}): requests that the API itself sends pass no route`);
  for (const operation of operations)
    if (Object.keys(mapping(operation.value.callbacks)).length > 0)
      left(
        [...operation.at, "callbacks"],
        `${nameOf(operation)}: its callbacks: requests that the API itself sends pass no route`,
      );
}

/** Who may ask, where the API itself sees to it. */
function schemes(value: Json, operations: readonly Operation[], left: Left): void {
  const [place, all]: readonly [Path, Json] =
    value.securityDefinitions === undefined
      ? [["components", "securitySchemes"], mapping(mapping(value.components).securitySchemes)]
      : [["securityDefinitions"], mapping(value.securityDefinitions)];
  const asked = operations.flatMap((operation) => list(operation.value.security ?? value.security));
  for (const name of new Set(asked.flatMap((one) => Object.keys(mapping(one))))) {
    const scheme = resolved(value, all[name]);
    const kind = [text(scheme.type) ?? "unknown", text(scheme.scheme) ?? ""].join(" ").trim();
    left(
      [...place, name],
      `security scheme ${name} (${kind}): the API itself checks it; policies.jwt, apiKeys or authorizer would here`,
    );
  }
}

/** Names what stands in a document and in no file that is made of it, beside what single operations ask for. */
export function nameLeftOver(
  document: WrittenDocument,
  operations: readonly Operation[],
  isGateway: boolean,
  left: Left,
): void {
  const { value } = document;
  for (const [at, message] of misfitsOf(document)) left(at, message);
  amazonsExtensions(value, operations, left);
  foreignExtensions(value, operations, left);
  ownRequests(value, operations, left);
  if (!isGateway) schemes(value, operations, left);
  if (isGateway && usesKeys(value, operations))
    left([], "usage plans and API keys, which are in no export: see plans, and `fig keys import`");
}

function usesKeys(value: Json, operations: readonly Operation[]): boolean {
  const all = mapping(mapping(value.components).securitySchemes ?? value.securityDefinitions);
  return operations.some((operation) =>
    list(operation.value.security ?? value.security).some((one) =>
      Object.keys(mapping(one)).some((name) => {
        const scheme = resolved(value, all[name]);
        return scheme.type === "apiKey" && /^x-api-key$/i.test(text(scheme.name) ?? "");
      }),
    ),
  );
}
