// Writes docs/reference/files.md, every key of every file, from the schemas. --check: only says whether it is current.
import { publishedSchemas } from "../src/config/json-schemas.ts";
import { writeFiles } from "./written-files.mjs";

const INTRODUCTION = `# Files: every key

\`node scripts/write-reference-files.mjs\` makes this page from the schemas that check the files. The same schemas are published as
JSON Schema in \`schema/\`. If you want an editor to complete and check a file, begin the file with one of these lines:

\`\`\`yaml
# yaml-language-server: $schema=node_modules/strangler-fig/schema/fig.schema.json
# yaml-language-server: $schema=node_modules/strangler-fig/schema/routes.schema.json
# yaml-language-server: $schema=node_modules/strangler-fig/schema/migration.schema.json
\`\`\`

- Any value may come from the environment: \`\${NAME}\`, or \`\${NAME:-fallback}\` if the variable may be missing or empty. \`$\${\` is a
  literal \`\${\`. Keys may not come from the environment.
- A _duration_ is a number with its unit: \`250ms\`, \`5s\`, \`2m\`, \`1h\`. A _size_ too: \`512B\`, \`64KiB\`, \`1MiB\`, \`2GiB\`. Plain \`0\` is
  both. A _percent_ goes from 0 to 100 and has at most two decimals.
- A _path template_ is made of segments: literal ones, \`{x}\` for one non-empty segment, and at the end \`{x+}\` for the rest, which has at
  least one non-empty segment. Literals are compared decoded, so \`/caf%C3%A9\` and \`/café\` are one path. In a side's \`path\`
  a capture may stand anywhere.
- A _path pattern_ is a small JSONPath: \`$\`, then \`.name\`, \`["name"]\` or \`[*]\`.
- YAML anchors, aliases and \`<<\` merges work. A key written twice, an unknown key and a key for something that is not built yet
  are errors. \`fig check\` reports all errors of all files at once.
- Files are read as they were together at one moment: what changes while they are read is read again
  ([Reload](../how-to/run-it.md#reload)).
- Files whose name begins with a dot are ignored, and so are files other than \`*.yaml\` and \`*.yml\`.
`;

const isObject = (schema) => schema.properties !== undefined;
const isRecord = (schema) => typeof schema.additionalProperties === "object";

/** What to write there, in words. */
function typeOf(schema) {
  if (isObject(schema)) return "mapping";
  if (isRecord(schema))
    return `mapping of ${schema.propertyNames?.title ?? "name"} to ${typeOf(schema.additionalProperties)}`;
  if (schema.title !== undefined) return schema.title;
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(", or ");
  return schema.type === "string" ? "text" : (schema.type ?? "any");
}

function defaultOf(schema, required) {
  if (schema.default === undefined || schema.default === "") return required ? "_required_" : "";
  const isEmptyMapping = JSON.stringify(schema.default) === "{}";
  return isObject(schema) && isEmptyMapping
    ? ""
    : `\`${typeof schema.default === "string" ? schema.default : JSON.stringify(schema.default)}\``;
}

const cell = (text) => text.replaceAll("|", "\\|");

/** One row a key, those inside mappings and lists after it. */
function rowsOf(schema, prefix, rows) {
  for (const option of schema.anyOf ?? []) rowsOf(option, prefix, rows);
  if (isRecord(schema)) rowsOf(schema.additionalProperties, `${prefix}*.`, rows);
  if (schema.type === "array") rowsOf(schema.items, `${prefix.slice(0, -1)}[].`, rows);
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    const required = schema.required?.includes(key) ?? false;
    const name = `${prefix}${key}`;
    rows.push([
      `\`${name}\``,
      cell(typeOf(value)),
      cell(defaultOf(value, required)),
      cell(value.description),
    ]);
    // A route's own policies have the keys that stand above, with fig.yaml's.
    if (!name.startsWith("routes[].policies.")) rowsOf(value, `${name}.`, rows);
  }
  return rows;
}

/** A table as the formatter has it: columns of one width, so that formatting the tree changes nothing. */
function table(header, rows) {
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column].length)));
  const line = (row) => `| ${row.map((text, column) => text.padEnd(widths[column])).join(" | ")} |`;
  return [line(header), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

const sections = publishedSchemas().map(
  ({ title, schema }) =>
    `## ${title}\n\n${table(["key", "type", "default", "what"], rowsOf(schema, "", []))}`,
);

writeFiles({ "docs/reference/files.md": `${[INTRODUCTION.trimEnd(), ...sections].join("\n\n")}\n` });
