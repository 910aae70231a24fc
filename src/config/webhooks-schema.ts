import { z } from "zod";
import type { WebhookSettings } from "../domain/webhooks.ts";
import { choice, textLeaf, Wrong } from "./leaf.ts";
import { duration } from "./scalars.ts";

const URL_LIKE = "write an http or https URL";
/** A page that is full of them is a mistake. */
const MAX_WEBHOOKS = 10;
/** Each is a secret of somebody's, and shorter ones can be guessed from a signature. */
const MIN_SECRET_CHARS = 16;

const target = () =>
  textLeaf("URL", URL_LIKE, (text) => {
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol))
      return new Wrong("the value is not an http or https URL", URL_LIKE);
    if (url.username !== "" || url.password !== "")
      return new Wrong("the URL holds a user or a password", "sign with `secret` in their place");
    return url.href;
  });

const secret = () => {
  const remedy = `write at least ${MIN_SECRET_CHARS} characters, best as \${FIG_WEBHOOK_SECRET}`;
  return textLeaf("text", remedy, (text) =>
    text.length >= MIN_SECRET_CHARS ? text : new Wrong(`the secret has ${text.length} characters`, remedy),
  );
};

export const webhooksSchema = z
  .array(
    z.strictObject({
      url: target().describe("Where it is sent by POST. It may hold a token, so it is never shown."),
      format: choice(["json", "slack"])
        .prefault("json")
        .describe("`json`: all that is known. `slack`: an incoming webhook's `text`."),
      secret: secret()
        .optional()
        .describe(
          "Signs it: `x-fig-signature: sha256=` and the HMAC-SHA256 of `x-fig-timestamp`, a dot and the body, in hex. Best from the environment.",
        ),
      timeout: duration({ positive: true }).prefault("5s").describe("How long one try may take."),
    }),
  )
  .max(MAX_WEBHOOKS);

export function webhooksOf(input: z.output<typeof webhooksSchema>): readonly WebhookSettings[] {
  return input.map(({ url, format, secret: key, timeout: timeoutMs }) => ({
    url,
    format,
    secret: key,
    timeoutMs,
  }));
}
