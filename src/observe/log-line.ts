import type { LogFormat, LogTemplate } from "../domain/log-format.ts";
import { type LogLine, readerOf, type Said } from "./log-values.ts";

type Write = (line: LogLine) => string;

/** Quotes, backslashes and what is not printable ASCII, as nginx writes them into its logs: `\xXX`. */
const NOT_PLAIN = /["\\]|[^ -~\u0100-\u2027\u202a-\uffff]/g;

function hexEscaped(text: string): string {
  return text.replace(NOT_PLAIN, (char) =>
    char.charCodeAt(0) > 0xff ? " " : `\\x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** What may stand between the quotes of a JSON string. */
function jsonEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** A value within a text. */
function textOf(said: Said): string {
  if (said === undefined || said === "") return "-";
  if (Array.isArray(said))
    return said
      .map(({ address, result }: { address: string; result: string }) => `${address}=${result}`)
      .join(",");
  if (typeof said !== "object") return String(said);
  // A class of its own says how it is written.
  if (said.toString !== Object.prototype.toString) return String(said);
  return Object.entries(said)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}

function textWriter(template: LogTemplate, escaped: (text: string) => string): Write {
  const parts = template.map((part) => (typeof part === "string" ? part : readerOf(part)));
  return (line) => {
    let text = "";
    for (const part of parts) text += typeof part === "string" ? part : escaped(textOf(part(line)));
    return text;
  };
}

/** A member that is one variable keeps its kind: numbers stay numbers, and what there is not is null. */
function memberWriter(template: LogTemplate): (line: LogLine) => unknown {
  const [only] = template;
  if (template.length === 1 && only !== undefined && typeof only !== "string") {
    const value = readerOf(only);
    return (line) => value(line) ?? null;
  }
  return textWriter(template, (text) => text);
}

/** Writes lines in a format, each one line whatever a client sent; without its line break. */
export function lineOf(format: Exclude<LogFormat, { kind: "fields" }>): Write {
  if (format.kind === "text")
    return textWriter(format.template, format.escape === "json" ? jsonEscaped : hexEscaped);
  const members = format.members.map(([name, template]) => [name, memberWriter(template)] as const);
  return (line) => JSON.stringify(Object.fromEntries(members.map(([name, write]) => [name, write(line)])));
}
