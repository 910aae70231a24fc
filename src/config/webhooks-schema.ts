import { resolve } from "node:path";
import { z } from "zod";
import { MIN_WEBHOOK_SECRET_CHARS as MIN_SECRET_CHARS, type WebhookSettings } from "../domain/webhooks.ts";
import { choice, textLeaf, Wrong } from "./leaf.ts";
import { duration } from "./scalars.ts";

const URL_LIKE = "write an http or https URL";
/** A page that is full of them is a mistake. */
const MAX_WEBHOOKS = 10;

const target = () =>
  textLeaf("URL", URL_LIKE, (text) => {
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol))
      return new Wrong("the value is not an http or https URL", URL_LIKE);
    if (url.username !== "" || url.password !== "")
      return new Wrong("the URL holds a user or a password", "sign with `secret` in their place");
    return url.href;
  });

const secretText = () => {
  const remedy = `write at least ${MIN_SECRET_CHARS} characters, best as \${FIG_WEBHOOK_SECRET}`;
  return textLeaf("text", remedy, (text) =>
    text.length >= MIN_SECRET_CHARS ? text : new Wrong(`the secret has ${text.length} characters`, remedy),
  );
};

const secretFile = () => {
  const remedy = "write the path of a file that holds the secret";
  return z.strictObject({
    file: textLeaf("path", remedy, (text) =>
      text === "" || text.includes("\0") ? new Wrong("the value is no path", remedy) : text,
    ).describe(
      "A file that holds it and nothing else, relative to fig.yaml. It is read for each notice; while it cannot be, notices wait like others that are not taken.",
    ),
  });
};

export const webhooksSchema = z
  .array(
    z.strictObject({
      url: target().describe("Where it is sent by POST. It may hold a token, so it is never shown."),
      format: choice(["json", "slack"])
        .prefault("json")
        .describe("`json`: all that is known. `slack`: an incoming webhook's `text`."),
      secret: z
        .union([secretText(), secretFile()])
        .optional()
        .describe(
          "Signs it: `x-fig-signature: sha256=` and the HMAC-SHA256 of `x-fig-timestamp`, a dot and the body, in hex. Best from the environment, or `{ file: PATH }`.",
        ),
      timeout: duration({ positive: true }).prefault("5s").describe("How long one try may take."),
    }),
  )
  .max(MAX_WEBHOOKS);

/** `folder`: what paths are relative to. */
export function webhooksOf(
  input: z.output<typeof webhooksSchema>,
  folder: string,
): readonly WebhookSettings[] {
  return input.map(({ url, format, secret, timeout: timeoutMs }) => ({
    ...{ url, format, timeoutMs },
    secret: typeof secret === "object" ? { file: resolve(folder, secret.file) } : secret,
  }));
}
