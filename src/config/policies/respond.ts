import { z } from "zod";
import type { RespondPolicy } from "../../domain/policies/respond.ts";
import { editedName, fieldValue } from "../header-edit.ts";
import { leaf, numberLeaf, textLeaf, Wrong, withoutReferences } from "../leaf.ts";

const bodyText = () => textLeaf("text", "write the text of the answer", (text) => text);

const JSON_LIKE = "write a value of JSON: a mapping, a list, a text, a number, true, false or null";

/** Any value that YAML can say and JSON too; given as the text that is sent. */
const json = () =>
  leaf({ title: "a value of JSON" }, (value) => {
    try {
      return JSON.stringify(withoutReferences(value)) ?? new Wrong("{value} is no JSON", JSON_LIKE);
    } catch {
      return new Wrong("{value} is no JSON", JSON_LIKE);
    }
  });

/** Interim answers are none, and these have neither a body nor a use here (RFC 9110 §15). */
const status = () =>
  numberLeaf("status", { whole: true, min: 200, max: 599 }, (value) =>
    [205, 206, 304].includes(value)
      ? new Wrong("{value} means something that this policy does not do", "write another status, such as 503")
      : undefined,
  );

export const respondSchema = z
  .strictObject({
    status: status().prefault(503).describe("The answer's status."),
    headers: z
      .record(editedName(), fieldValue())
      .prefault({})
      .describe('Fields of the answer, such as `retry-after: "120"`.'),
    body: bodyText().prefault("").describe("The answer's body: UTF-8 text."),
    json: json().optional().describe("The answer's body in place of `body`: it is sent as JSON."),
  })
  .superRefine(({ status, body, json }, context) => {
    const wrong = (key: string, message: string, remedy: string) =>
      context.addIssue({ code: "custom", path: [key], message, params: { remedy } });
    if (json !== undefined && body !== "") wrong("body", "there is a json too", "leave one of them out");
    else if (status === 204 && (json !== undefined || body !== ""))
      wrong(
        body === "" ? "json" : "body",
        "204 is an answer without a body",
        "leave it out, or write status: 200",
      );
  })
  .transform(
    ({ json, body, ...policy }): RespondPolicy => ({
      ...policy,
      body: json === undefined ? body : json,
      type: json === undefined ? "text/plain; charset=utf-8" : "application/json",
    }),
  );
