import { z } from "zod";
import { flag, leaf, textLeaf, Wrong } from "../leaf.ts";

const TO_LIKE =
  "write a path or an http URL, with the captures of match.path where they belong: /v2/orders/{id}";

const target = () =>
  textLeaf("path or URL", TO_LIKE, (text) =>
    /^(?:https?:\/\/[^/?#\s{}@\\]+)?\/(?!\/)[^?#\s\\]*$/i.test(text)
      ? text
      : new Wrong("{value} is neither a path nor an http URL without a query", TO_LIKE),
  );

const STATUSES = [301, 302, 303, 307, 308] as const;

const status = () =>
  leaf(
    { title: STATUSES.join(", "), enum: STATUSES },
    (value) =>
      STATUSES.find((one) => one === value) ??
      new Wrong("{value} is no status of a redirect", "write 301, 302, 303, 307 or 308"),
  );

export const redirectSchema = z.strictObject({
  to: target().describe(
    "Where to: a path of this front door, or a URL. `{x}` stands for what `match.path` captured, as it was sent.",
  ),
  status: status()
    .prefault(307)
    .describe(
      "301, 302 and 303 let a client ask by GET; 307 and 308 keep its method. 301 and 308 are kept by caches.",
    ),
  query: flag().prefault(true).describe("The request's query goes along."),
});
