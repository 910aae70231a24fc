import type { JsonValue } from "../json-value.ts";
import { textOrJson } from "./values.ts";

/**
 * The events of a stream that has ended (HTML Standard, 9.2.6): `event`, `id`, `retry`, and `data`, which is JSON where it is an object or array. Comments, which
 * keep a connection alive, are nothing.
 */
export function eventStreamValue(text: string): JsonValue {
  const events: JsonValue[] = [];
  let fields = new Map<string, string>();
  const lines = text.split(/\r\n|\r|\n/);
  // Behind the last line's end there is no line.
  if (lines.at(-1) === "") lines.pop();
  for (const line of lines) {
    if (line === "") {
      if (fields.size > 0) events.push(eventOf(fields));
      fields = new Map();
      continue;
    }
    const at = line.indexOf(":");
    if (at === 0) continue;
    const name = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? "" : line.slice(line[at + 1] === " " ? at + 2 : at + 1);
    const before = name === "data" ? fields.get(name) : undefined;
    fields.set(name, before === undefined ? value : `${before}\n${value}`);
  }
  // A reader would not see an event without its empty line. It is compared all the same: one side may have broken off.
  if (fields.size > 0) events.push(eventOf(fields.set("unfinished", "")));
  return events;
}

function eventOf(fields: ReadonlyMap<string, string>): JsonValue {
  return new Map([...fields].map(([name, value]) => [name, name === "data" ? textOrJson(value) : value]));
}
