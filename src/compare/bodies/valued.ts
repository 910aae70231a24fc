import type { CompareOptions } from "../../domain/route.ts";
import { ruleNames } from "../../domain/rule-names.ts";
import type { Body, BodyComparator } from "../body.ts";
import { compareJson } from "../compare-json.ts";
import { HELD } from "../heap.ts";
import type { JsonValue } from "../json-value.ts";
import { decodeText } from "../media-type.ts";
import { compilePathRules } from "../path-rules.ts";
import { noteRuleUse } from "../rule-use.ts";
import { eventStreamValue } from "./event-stream.ts";
import { formValue, multipartValue } from "./forms.ts";

const text = (read: (text: string) => JsonValue) => (body: Body) => {
  const decoded = decodeText(body.bytes, body.media.charset);
  return decoded === undefined ? undefined : read(decoded);
};

/** Bodies that are read as if they were JSON, by how their media types begin. Undefined: a body is not what it says. */
const KINDS: readonly (readonly [type: string, read: (body: Body) => JsonValue | undefined])[] = [
  ["application/x-www-form-urlencoded", text(formValue)],
  ["text/event-stream", text(eventStreamValue)],
  ["multipart/", ({ bytes, media }) => multipartValue(bytes, media)],
];

/** As if it were JSON; undefined: it is no such body, too long, or not what it says. */
export function valuedBody(body: Body): JsonValue | undefined {
  if (body.bytes.length > HELD.valuedBytes) return undefined;
  return KINDS.find(([type]) => body.media.essence.startsWith(type))?.[1](body);
}

/** Forms, parts and event streams, with the rules of JSON. */
export const valuedBodies = {
  name: "valued",
  create(options: CompareOptions): BodyComparator {
    const rules = compilePathRules(options);
    const names = ruleNames(options).map(({ name }) => name);
    return {
      compare(legacy, modern, findings) {
        const kind = KINDS.find(([type]) => legacy.media.essence.startsWith(type));
        if (kind === undefined || !modern.media.essence.startsWith(kind[0])) return "pass";
        const longest = Math.max(legacy.bytes.length, modern.bytes.length);
        if (longest > HELD.valuedBytes) return "pass";
        const [left, right] = [kind[1](legacy), kind[1](modern)];
        if (left === undefined || right === undefined) return "pass";
        if (rules !== undefined) noteRuleUse(left, right, { rules, names }, findings);
        compareJson(left, right, rules, findings, options.nulls);
        return "compared";
      },
    };
  },
};
