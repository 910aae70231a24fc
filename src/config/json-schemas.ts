import { z } from "zod";
import { figFileSchema } from "./fig-schema.ts";
import { migrationSchema } from "./migration-schema.ts";
import { routesFileSchema } from "./routes-file-schema.ts";

interface PublishedSchema {
  /** Its file in schema/. */
  readonly name: string;
  /** Which files it is for. */
  readonly title: string;
  /** JSON Schema, draft 7: what editors' YAML support reads. */
  readonly schema: Readonly<Record<string, unknown>>;
}

function published(name: string, title: string, schema: z.ZodType): PublishedSchema {
  const json = z.toJSONSchema(schema, { io: "input", target: "draft-7" });
  return { name, title, schema: { ...json, title } };
}

/** The JSON Schemas of the files, made from the very schemas that check them. */
export function publishedSchemas(): readonly PublishedSchema[] {
  return [
    published("fig.schema.json", "fig.yaml", figFileSchema),
    published("routes.schema.json", "routes/*.yaml", routesFileSchema),
    published("migration.schema.json", "migrations/NNNN-name.yaml", migrationSchema),
  ];
}
