import type { Explanation } from "../control/contract.ts";
import { printable } from "../domain/printable.ts";
import { positionText } from "../domain/wording.ts";
import { isToken } from "../wire/grammar.ts";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { headerOption, ipOption, type TargetOptions, withTarget } from "./options.ts";
import { onTarget } from "./target.ts";
import { usage } from "./usage.ts";
import { wrap } from "./width.ts";

interface ExplainOptions extends TargetOptions {
  readonly header?: Readonly<Record<string, readonly string[]>>;
  readonly ip?: string;
  readonly body?: string;
  readonly operation?: string;
}

export const explainCommand: CliCommand = {
  name: "explain",
  register(program, context) {
    const command = program
      .command("explain")
      .description("which route, side and bucket a request gets, and why")
      .argument("<method>", "e.g. GET; `get` is read as GET")
      .argument("<url>", "an http(s) URL, a path, or * for OPTIONS; https: it comes over TLS")
      .option("-H, --header <line>", "a request header, as 'name: value'; may be repeated", headerOption)
      .option("--ip <address>", "the client's address", ipOption)
      .option("--body <text>", "the body, where a route goes by operation; JSON if no header says otherwise")
      .option("--operation <name>", "the operation that it asks for, in place of a body");
    withTarget(command).action((method: string, url: string, options: ExplainOptions) =>
      context.run(() => explain(context, method, url, options)),
    );
    withExamples(
      command,
      "fig explain GET /api/orders/17 -H 'cookie: device=d42'",
      "fig explain GET http://shop.example.com/api/orders/17 --ip 192.0.2.7 --json",
      "fig explain POST /graphql --operation GetCart",
    );
  },
};

async function explain(
  context: CliContext,
  method: string,
  url: string,
  options: ExplainOptions,
): Promise<number> {
  if (!isToken(method))
    throw usage(
      `"${printable(method)}" is not a method`,
      "give the method first, then the URL: fig explain GET /path",
    );
  if (!url.startsWith("/") && url !== "*" && !/^https?:\/\/[^/]/i.test(url))
    throw usage(
      `"${printable(url)}" is not a URL`,
      "give a path that starts with /, or a URL with http:// or https://",
    );
  return onTarget(context, options, "read", async ({ control }) => {
    // Methods are case-sensitive (RFC 9110 9.1), but nobody who types `get` means another one.
    const { header: headers, ip, body, operation } = options;
    const request = { method: method.toUpperCase(), url, headers, ip, body, operation };
    const explanation = await control.explain(request);
    if (options.json === true) context.terminal.json(explanation);
    else printExplanation(context, explanation);
    return EXIT.done;
  });
}

function printExplanation(context: CliContext, explanation: Explanation): void {
  const { line, paint } = context.terminal;
  const { route, side, upstream, target, pinned, keySource, hash, bucket, position, phase, shadow } =
    explanation;
  const rows: readonly (readonly [string, string | null])[] = [
    ["route", route ?? "none"],
    ["side", side ?? "none: it is refused"],
    ["upstream", upstream],
    ["target", target],
    ["phase", phase === null || position === null ? phase : `${phase} (${positionText(position)})`],
    ["key", keySource ?? "none"],
    ["pinned", pinned],
    ["bucket", bucket === null ? null : `${bucket} of 100 (hash ${hash ?? "none"})`],
    ["shadow", shadow],
  ];
  for (const [name, value] of rows) {
    if (value === null) continue;
    const [first = "", ...more] = wrap(printable(value), 68);
    line(`${paint.bold(name.padEnd(10))}${first}`);
    for (const text of more) line(`${" ".repeat(10)}${text}`);
  }
  line();
  explanation.why.forEach((step, index) => {
    const [first = "", ...more] = wrap(printable(step), 74);
    line(`${String(index + 1).padStart(3)}. ${first}`);
    for (const text of more) line(`     ${text}`);
  });
}
