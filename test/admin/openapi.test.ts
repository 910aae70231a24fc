import request from "supertest";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { openapiDocument } from "../../src/admin/openapi.ts";
import { OPERATIONS } from "../../src/admin/operations.ts";
import { closeAdmins, startAdmin } from "./admin-fixture.ts";

afterEach(closeAdmins);

interface Document {
  readonly paths: Record<string, Record<string, { readonly responses: Record<string, unknown> }>>;
  readonly components: { readonly schemas: Record<string, unknown> };
}

const document = openapiDocument("1.2.3") as unknown as Document;

test("the document is served, and holds every operation of the table", async () => {
  const fixture = await startAdmin();
  const { body, type } = await request(fixture.url).get("/api/v1/openapi.json");
  expect(type).toBe("application/json");
  expect(body).toEqual(JSON.parse(JSON.stringify(document)));
  expect(body).toMatchObject({ openapi: "3.1.0", info: { version: "1.2.3" }, servers: [{ url: "/api/v1" }] });
  const listed = Object.entries(document.paths).flatMap(([path, rows]) =>
    Object.keys(rows).map((method) => `${method} ${path}`),
  );
  expect(listed).toEqual(OPERATIONS.map(({ method, path }) => `${method} ${path}`));
});

test("every reference leads to a schema, and every path parameter is declared", () => {
  const text = JSON.stringify(document);
  const refs = new Set(
    [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name),
  );
  expect(refs.size).toBeGreaterThan(10);
  for (const name of refs) expect(document.components.schemas).toHaveProperty(name as string);
  expect(text).not.toContain("$defs");
  for (const { path, params } of OPERATIONS) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(Object.keys(params?.shape ?? {})).toEqual(named);
  }
});

test("what a request schema says is what is checked", () => {
  const shift = document.components.schemas.ShiftRequest;
  expect(shift).toMatchObject({
    required: ["reason"],
    additionalProperties: false,
    properties: {
      modern: { type: "number", minimum: 0, maximum: 100 },
      by: { default: "api" },
      expectedRevision: { type: "integer", minimum: 0 },
    },
  });
  expect(z.fromJSONSchema(shift as Parameters<typeof z.fromJSONSchema>[0]).safeParse({}).success).toBe(false);
});
