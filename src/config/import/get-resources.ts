import { ANY } from "./operations.ts";
import { type Json, list, mapping, text, type WrittenDocument } from "./written-document.ts";

/** `aws apigateway get-resources --embed methods`, as if it were an export. */
export function fromResources(given: WrittenDocument): WrittenDocument {
  const paths: Record<string, Json> = {};
  const indexes = new Map<string, number>();
  for (const [index, item] of list(given.value.items).entries()) {
    const { path, resourceMethods } = mapping(item);
    const at = text(path);
    if (at === undefined) continue;
    indexes.set(at, index);
    const methods: Record<string, Json> = {};
    for (const [name, method] of Object.entries(mapping(resourceMethods))) {
      const { methodIntegration, apiKeyRequired, authorizationType, requestValidatorId } = mapping(method);
      const { integrationResponses, ...integration } = mapping(methodIntegration);
      methods[name === "ANY" ? ANY : name.toLowerCase()] = {
        ...(methodIntegration === undefined
          ? {}
          : {
              "x-amazon-apigateway-integration": { ...integration, responses: mapping(integrationResponses) },
            }),
        ...(apiKeyRequired === true ? { security: [{ api_key: [] }] } : {}),
        ...(authorizationType === "AWS_IAM" ? { "x-amazon-apigateway-auth": { type: "AWS_IAM" } } : {}),
        ...(authorizationType === "CUSTOM" || authorizationType === "COGNITO_USER_POOLS"
          ? { "x-amazon-apigateway-authorizer-of-method": authorizationType }
          : {}),
        ...(requestValidatorId === undefined
          ? {}
          : { "x-amazon-apigateway-request-validator-of-method": requestValidatorId }),
      };
    }
    if (Object.keys(methods).length > 0) paths[at] = methods;
  }
  const value: Json = {
    openapi: "3.0.1",
    info: { title: "api", version: "1" },
    paths,
    ...(given.value.position === undefined
      ? {}
      : { "x-amazon-apigateway-further-resources": given.value.position }),
    components: { securitySchemes: { api_key: { type: "apiKey", name: "x-api-key", in: "header" } } },
  };
  return {
    file: given.file,
    value,
    place([, path, method]) {
      const index = path === undefined ? undefined : indexes.get(String(path));
      if (index === undefined) return given.place([]);
      const name = method === ANY ? "ANY" : String(method ?? "").toUpperCase();
      return given.place(["items", index, "resourceMethods", name]);
    },
  };
}
