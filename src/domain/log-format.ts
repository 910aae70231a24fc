import { LOG_FAMILIES, LOG_NAMES, type LogValue } from "./log-names.ts";

export type { LogValue } from "./log-names.ts";

/** One variable of a format: which value, and of which name where the value needs one (lower-case for a header's). */
export interface LogVariable {
  readonly value: LogValue;
  readonly name?: string;
}

export type LogTemplate = readonly (string | LogVariable)[];

/** How a line of the access log is written. Plain values. */
export type LogFormat =
  /** One JSON object with fig's own fields. */
  | { readonly kind: "fields" }
  /** `escape`: what becomes of quotes and control characters in values, nginx's `\xXX` or JSON's. */
  | { readonly kind: "text"; readonly template: LogTemplate; readonly escape: "hex" | "json" }
  /** One JSON object with these members. */
  | {
      readonly kind: "object";
      readonly members: readonly (readonly [name: string, template: LogTemplate])[];
    };

/** Where lines go, and which. */
export interface AccessLogSettings {
  /** Of requests without an error. */
  readonly samplePercent: number;
  readonly format: LogFormat;
  /** Absolute; undefined: stdout. */
  readonly file: string | undefined;
  /** The front door's `name`: `$context.stage`. */
  readonly environment: string | undefined;
}

/** Formats by a name of their own. */
const CLF = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent';
export const NAMED_FORMATS: Readonly<Record<string, string>> = {
  clf: CLF,
  combined: `${CLF} "$http_referer" "$http_user_agent"`,
};

/** Dots belong to names of API Gateway's and ours alone: nginx's end at them. Claims may have colons and dashes. */
const VARIABLE = /\$(\$|context\.authorizer\.(?:claims\.)?[\w:-]*\w|(?:context|fig)(?:\.\w+)+|[A-Za-z_]\w*)/g;

/** A text with variables as its parts; `$$` is a dollar. `unknown`: a name, without its dollar, that there is not. */
export function logTemplate(text: string): { readonly template: LogTemplate } | { readonly unknown: string } {
  const template: (string | LogVariable)[] = [];
  let from = 0;
  for (const match of text.matchAll(VARIABLE)) {
    const [whole, name] = match as unknown as readonly [string, string];
    const before = text.slice(from, match.index) + (name === "$" ? "$" : "");
    if (before !== "") template.push(before);
    from = match.index + whole.length;
    if (name === "$") continue;
    const variable = variableOf(name);
    if (variable === undefined) return { unknown: name };
    template.push(variable);
  }
  if (from < text.length) template.push(text.slice(from));
  return { template };
}

/** A format that is written as text: one that begins as JSON does is escaped as JSON is. */
export function textFormat(text: string): ReturnType<typeof parsed> {
  return parsed(text, /^\s*\{/.test(text) ? "json" : "hex");
}

function parsed(text: string, quoting: "hex" | "json") {
  const found = logTemplate(text);
  return "unknown" in found
    ? found
    : { format: { kind: "text", template: found.template, escape: quoting } as const };
}

/** All that may be written, with their dollars. */
export function logNames(): readonly string[] {
  return [...LOG_NAMES.keys(), ...LOG_FAMILIES.map(({ shown }) => shown)].map((name) => `$${name}`);
}

function variableOf(name: string): LogVariable | undefined {
  const value = LOG_NAMES.get(name);
  if (value !== undefined) return { value };
  for (const family of LOG_FAMILIES) {
    const rest = name.startsWith(family.begins) ? name.slice(family.begins.length) : "";
    if (rest === "") continue;
    return {
      value: family.value,
      name: family.value === "http" ? rest.toLowerCase().replaceAll("_", "-") : rest,
    };
  }
  return undefined;
}
