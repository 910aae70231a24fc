// The config of the library as TypeScript, from the JSON Schemas of the files: what editors check there, tsc checks here.

/** A reference to the environment may stand where a scalar does; a program's config has none, but its type is the file's. */
function isReference(schema) {
  return schema.type === "string" && schema.pattern === "\\$\\{";
}

function typeOf(schema, indent) {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.anyOf !== undefined) {
    const options = schema.anyOf
      .filter((option) => !isReference(option))
      .map((option) => typeOf(option, indent));
    return [...new Set(options)].join(" | ");
  }
  if (schema.properties !== undefined) return objectType(schema, indent);
  if (typeof schema.additionalProperties === "object")
    return `{ readonly [name: string]: ${typeOf(schema.additionalProperties, indent)} }`;
  if (schema.type === "array") {
    const item = typeOf(schema.items ?? {}, indent);
    return `readonly ${/[ |]/.test(item) ? `(${item})` : item}[]`;
  }
  if (schema.type === "integer") return "number";
  return schema.type ?? "unknown";
}

function comment({ description, default: value }, indent) {
  const isPlain = value !== undefined && (typeof value !== "object" || value.length > 0);
  const text = `${description ?? ""}${isPlain ? ` Default: ${JSON.stringify(value)}.` : ""}`.trim();
  return text === "" ? "" : `${indent}/** ${text.replaceAll("*/", "*\\/")} */\n`;
}

function membersOf({ properties, required = [] }, indent) {
  return Object.entries(properties)
    .map(([name, schema]) => {
      const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
      const optional = required.includes(name) ? "" : "?";
      return `${comment(schema, indent)}${indent}readonly ${key}${optional}: ${typeOf(schema, indent)};\n`;
    })
    .join("");
}

function objectType(schema, indent) {
  return `{\n${membersOf(schema, `${indent}  `)}${indent}}`;
}

function declared(name, doc, schema) {
  return `/** ${doc} */\nexport interface ${name} ${objectType(schema, "")}\n`;
}

/** schema/config.d.ts. `schemas`: publishedSchemas(), by what they are for. */
export function configTypes({ fig, routes, migration }) {
  const { routes: _routes, migrations: _migrations, ...settings } = fig.properties;
  const one = "readonly RouteConfig[]";
  const parts = [
    "// Written by scripts/write-schemas.mjs from the schemas that check the files.\n",
    declared("RouteConfig", "A route, as a file of routes/ has it.", routes.properties.routes.items),
    declared(
      "WebSocketConfig",
      "A WebSocket API, as a file of routes/ has it.",
      routes.properties.websockets.items,
    ),
    `/** A step: what a file of migrations/ has, with the number and the name that are its file's name there. */
export interface MigrationConfig {
  readonly number: number;
  readonly name: string;
${membersOf(migration, "  ")}}
`,
    `/** fig.yaml, with routes and migrations inline in the place of folders. */
export interface FigConfig {
${membersOf({ properties: settings, required: fig.required }, "  ")}  /** The routes, in any order. */
  readonly routes?: ${one};
  /** WebSocket APIs. */
  readonly websockets?: readonly WebSocketConfig[];
  /** The steps. */
  readonly migrations?: readonly MigrationConfig[];
}
`,
  ];
  return parts.join("\n");
}
