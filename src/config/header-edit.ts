import { z } from "zod";
import { FIELD_VARIABLES, fieldTemplate } from "../domain/field-variables.ts";
import { isToken } from "../wire/grammar.ts";
import { textLeaf, Wrong } from "./leaf.ts";
import { suggestion } from "./nearest.ts";

export const EXACT = 'write the exact value, numbers in quotes: "2"';

/** A field's value (RFC 9110 §5.5): no control character, and no blank at an end, where readers drop it. */
export function fieldValue() {
  return textLeaf("text", EXACT, readValue);
}

function readValue(text: string): string | Wrong {
  if (!/^[\t -~\u0080-\uffff]*$/.test(text)) return new Wrong("{value} has a control character", EXACT);
  return /^[ \t]|[ \t]$/.test(text) ? new Wrong("{value} begins or ends with a blank", EXACT) : text;
}

/** Names that belong to the connection, to the framing, or to the front door. */
const NOT_EDITED =
  /^(?:connection|content-length|expect|host|keep-alive|proxy-authenticate|proxy-authorization|proxy-connection|te|trailer|transfer-encoding|upgrade|x-fig-.*)$/;

export function editedName() {
  const remedy = "leave it out";
  return textLeaf("header name", remedy, (text) => {
    const name = text.toLowerCase();
    if (!isToken(text))
      return new Wrong("{value} is not a header name", "write a header's name, like x-team");
    return NOT_EDITED.test(name) ? new Wrong("{value} is the front door's own to write", remedy) : name;
  });
}

/** A value that is set: what each `$name` in it stands for is put in for each request. */
function settableValue() {
  return textLeaf("text", EXACT, (text) => {
    const value = readValue(text);
    if (value instanceof Wrong) return value;
    const template = fieldTemplate(text);
    if ("parts" in template) return value;
    const known = FIELD_VARIABLES.map((name) => `$${name}`);
    return new Wrong(
      `{value} has a variable that there is not, $${template.unknown}`,
      `${suggestion(`$${template.unknown}`, known, "variables")}; $$ is a dollar`,
    );
  });
}

/** Fields that are removed and set. */
export const headerEdit = z.strictObject({
  remove: z.array(editedName()).prefault([]).describe("Fields that go, every one of that name."),
  set: z
    .record(editedName(), settableValue())
    .prefault({})
    .describe(
      "Fields that are set, in place of those that came under their names. `$requestId`, `$route`, `$side`, `$client`, `$host` and `$scheme` stand for what they are of the request; `$$` is a dollar.",
    ),
});

export const headerChanges = z.strictObject({
  request: headerEdit.optional().describe("On the way to the upstream."),
  answer: headerEdit.optional().describe("On the way to the client; a comparison sees the answer so."),
});
