import { z } from "zod";
import {
  type LogFormat,
  type LogTemplate,
  logNames,
  logTemplate,
  NAMED_FORMATS,
  textFormat,
} from "../domain/log-format.ts";
import { leaf, textLeaf, Wrong } from "./leaf.ts";
import { suggestion } from "./nearest.ts";
import { percent } from "./scalars.ts";

const FORMAT_LIKE =
  "write json, clf, combined, a text with variables like $status, or a mapping of names to such texts";

function unknownName(name: string): Wrong {
  return new Wrong(
    `{value} has a variable that there is not, $${name}`,
    `${suggestion(`$${name}`, logNames(), "variables")}; $$ is a dollar, and docs/reference/access-log.md has them all`,
  );
}

/** One line, whatever it says. */
const BREAKS = /[\r\n]/;

const textual = () =>
  textLeaf("format", FORMAT_LIKE, (text): LogFormat | Wrong => {
    if (text === "json") return { kind: "fields" };
    const written = Object.hasOwn(NAMED_FORMATS, text) ? (NAMED_FORMATS[text] as string) : text.trim();
    if (!written.includes("$"))
      return new Wrong("{value} is neither a format's name nor a template", FORMAT_LIKE);
    if (BREAKS.test(written)) return new Wrong("{value} has a line break", "write it in one line");
    const found = textFormat(written);
    return "unknown" in found ? unknownName(found.unknown) : found.format;
  });

const member = () =>
  textLeaf("text with variables", 'write a text, like "$status"', (text): LogTemplate | Wrong => {
    const found = logTemplate(text);
    return "unknown" in found ? unknownName(found.unknown) : found.template;
  });

const members = () =>
  z
    .record(z.string(), member())
    .transform((named): LogFormat => ({ kind: "object", members: Object.entries(named) }));

const TO_LIKE = "write stdout, or file: and a path, like file:/var/log/fig/access.log";

/** Undefined: stdout. */
const destination = () =>
  leaf({ title: "stdout or file:PATH", type: "string" }, (value): string | undefined | Wrong => {
    if (value === "stdout") return undefined;
    const path = typeof value === "string" ? /^file:(.+)$/s.exec(value)?.[1] : undefined;
    return path === undefined || path.includes("\0")
      ? new Wrong("{value} is no place for a log", TO_LIKE)
      : path;
  });

export const accessLogSchema = z.strictObject({
  sample: percent()
    .prefault(0)
    .describe(
      "Percent of requests that are logged. Errors are always logged, and so are requests that fell back to legacy.",
    ),
  format: z
    .union([textual(), members()])
    .prefault("json")
    .describe(
      "How a line is written: `json` (fig's own fields), `clf`, `combined`, a text with variables, or a mapping of names to such texts, which is one JSON object a line. Variables have API Gateway's names, nginx's or fig's own ([Access log](access-log.md)).",
    ),
  to: destination()
    .prefault("stdout")
    .describe(
      "`stdout`, or `file:PATH`, relative to this file. Lines are added at its end; it is made with mode 0640. SIGUSR1 opens it anew.",
    ),
});
