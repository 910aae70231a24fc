import { z } from "zod";
import { errorBody } from "../control/schemas/answers.ts";
import { ADMIN_ERRORS, type AdminErrorCode } from "./error-table.ts";
import type { Operation } from "./operation.ts";
import { OPERATIONS } from "./operations.ts";

type Json = Record<string, unknown>;

/** Errors that any operation may answer. */
const COMMON: readonly AdminErrorCode[] = [
  "invalid_request",
  "unauthorized",
  "too_many_attempts",
  "forbidden_host",
  "forbidden_origin",
  "internal_error",
];
const OF_BODIES: readonly AdminErrorCode[] = ["invalid_json", "body_too_large", "unsupported_media_type"];

/** Error codes of an operation by HTTP status, ascending. */
export function errorsByStatus(row: Operation): ReadonlyMap<number, readonly AdminErrorCode[]> {
  const codes = [...COMMON, ...(row.body === undefined ? [] : OF_BODIES), ...(row.errors ?? [])];
  const byStatus = new Map<number, AdminErrorCode[]>();
  const sorted = codes.toSorted((a, b) => ADMIN_ERRORS[a].status - ADMIN_ERRORS[b].status);
  for (const code of sorted) {
    const { status } = ADMIN_ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}

/** The API as an OpenAPI 3.1 document, from the same table and schemas that requests are checked with. */
export function openapiDocument(version: string): Json {
  const schemas: Json = {};

  /** JSON Schema with named parts moved to components. Callers send the input form; answers may gain fields later. */
  function schemaOf(schema: z.ZodType, io: "input" | "output" = "input"): unknown {
    const { $schema: _, $defs, ...rest } = z.toJSONSchema(schema, { io }) as Json;
    for (const [name, part] of Object.entries(($defs as Json | undefined) ?? {})) {
      schemas[name] = moved(part);
    }
    return moved(rest);
  }

  function parameters(schema: z.ZodObject | undefined, where: "path" | "query"): Json[] {
    return Object.entries(schema?.shape ?? {}).map(([name, part]) => {
      const { description, ...rest } = schemaOf(part as z.ZodType, "output") as Json;
      return { name, in: where, required: where === "path", description, schema: rest };
    });
  }

  function answer(row: Operation): Json {
    if (row.response === "events") return { "text/event-stream": { schema: { type: "string" } } };
    if (row.response === "document") return { "application/json": { schema: { type: "object" } } };
    return { "application/json": { schema: schemaOf(row.response) } };
  }

  function operationOf(row: Operation): Json {
    const responses: Json = { 200: { description: "Done.", content: answer(row) } };
    for (const [status, codes] of errorsByStatus(row)) {
      const description = codes.map((code) => `\`${code}\`: ${ADMIN_ERRORS[code].meaning}`).join("\n\n");
      responses[status] = { description, content: { "application/json": { schema: schemaOf(errorBody) } } };
    }
    return {
      operationId: row.id,
      summary: row.summary,
      parameters: [...parameters(row.params, "path"), ...parameters(row.query, "query")],
      ...(row.body === undefined
        ? {}
        : {
            requestBody: { required: true, content: { "application/json": { schema: schemaOf(row.body) } } },
          }),
      responses,
    };
  }

  const paths: Record<string, Json> = {};
  for (const row of OPERATIONS) {
    paths[row.path] = { ...paths[row.path], [row.method]: operationOf(row) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "strangler-fig admin API",
      version,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/api/v1" }],
    // The empty requirement: without an adminToken the loopback address asks for none.
    security: [{ adminToken: [] }, {}],
    paths,
    components: { schemas, securitySchemes: { adminToken: { type: "http", scheme: "bearer" } } },
  };
}

function moved(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));
}
