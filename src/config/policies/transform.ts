import jsonata from "jsonata";
import { z } from "zod";
import type { TransformPolicy } from "../../domain/policies/transform.ts";
import { fieldValue } from "../header-edit.ts";
import { numberLeaf, textLeaf, Wrong } from "../leaf.ts";
import { method, size } from "../scalars.ts";

const EXPRESSION_LIKE = 'write a JSONata expression, such as { "id": orderId, "total": $sum(lines.price) }';
const MAX_EXPRESSION_CHARS = 64 * 1024;

const expression = () =>
  textLeaf("JSONata", EXPRESSION_LIKE, (text) => {
    if (text.length > MAX_EXPRESSION_CHARS)
      return new Wrong(`the expression is longer than ${MAX_EXPRESSION_CHARS} characters`, "make it shorter");
    try {
      jsonata(text);
      return text;
    } catch (error) {
      const { message = "it cannot be read", position } = error as { message?: string; position?: number };
      return new Wrong(
        `the expression is no JSONata: ${message} (character ${position ?? 0})`,
        EXPRESSION_LIKE,
      );
    }
  });

const body = z.union([
  expression().transform((text) => ({ expression: text })),
  z.strictObject({
    expression: expression().describe("What the new body is made with, of the old one: JSONata."),
    type: fieldValue()
      .optional()
      .describe(
        "Content-Type of the new body. Left out: application/json. With another, a result that is a text is the body as it stands.",
      ),
  }),
]);

const queryName = () => {
  const remedy = "write the name of a query parameter, decoded";
  return textLeaf("name", remedy, (text) =>
    text === "" ? new Wrong("an empty text is no name", remedy) : text,
  );
};
const queryValue = () => textLeaf("text", "write the value, decoded", (text) => text);
const status = () => numberLeaf("status", { whole: true, min: 200, max: 599 });
const statusName = () => {
  const remedy = 'write a status of three digits in quotes: "404"';
  return textLeaf("status", remedy, (text) =>
    /^[2-5]\d\d$/.test(text) ? text : new Wrong("{value} is no status", remedy),
  );
};

const side = z
  .strictObject({
    request: z
      .strictObject({
        method: method()
          .optional()
          .describe("The method that the side is asked with. Left out: the client's."),
        query: z
          .strictObject({
            rename: z
              .record(queryName(), queryName())
              .prefault({})
              .describe("Parameters that get another name: old to new."),
            remove: z.array(queryName()).prefault([]).describe("Parameters that go."),
            set: z
              .record(queryName(), queryValue())
              .prefault({})
              .describe("Parameters that are set, in place of those that came under their names."),
          })
          .optional()
          .describe("Changes of the query. Other parameters stay as they were sent."),
        body: body
          .optional()
          .describe(
            "A JSONata expression, or a mapping of `expression` and `type`: the body that the side gets.",
          ),
      })
      .optional()
      .describe("On the way to the side."),
    answer: z
      .strictObject({
        status: z.record(statusName(), status()).optional().describe("The side's status to the client's."),
        body: body
          .optional()
          .describe(
            "A JSONata expression, or a mapping of `expression` and `type`: the body that the client gets, of an answer of 2xx.",
          ),
      })
      .optional()
      .describe("On the way back."),
    maxBody: size({ positive: true })
      .prefault("1MiB")
      .describe(
        "The largest body that is transformed, before and after. A larger request gets 413, a larger answer is an error of its side. Never 0.",
      ),
  })
  .transform(({ maxBody, ...rest }) => ({ ...rest, maxBytes: maxBody }));

export const transformSchema = z.strictObject({
  legacy: side.optional().describe("What is changed for legacy."),
  modern: side.optional().describe("What is changed for modern."),
}) satisfies z.ZodType<TransformPolicy>;
