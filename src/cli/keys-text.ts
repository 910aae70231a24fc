import type { ApiKeyRow } from "../control/api-keys/contract.ts";
import { printable } from "../domain/printable.ts";
import { countText } from "../domain/wording.ts";
import type { CliContext } from "./command.ts";
import { instant } from "./format.ts";
import { tableLines } from "./table.ts";
import { wrap } from "./width.ts";

const COLUMNS = [
  { title: "ID" },
  { title: "NAME", max: 24 },
  { title: "PLAN", max: 12 },
  { title: "STATE" },
  { title: "ENDS IN" },
  { title: "CREATED" },
  { title: "EXPIRES" },
];

/** `isPart`: only some of the keys were asked for. */
export function printKeys({ terminal }: CliContext, keys: readonly ApiKeyRow[], isPart: boolean): void {
  if (keys.length === 0) {
    terminal.line(isPart ? "there is no such key" : "there is no API key yet: fig keys add makes one");
    return;
  }
  const rows = keys.map(({ id, name, plan, state, last, createdAt, expiresAt }) => [
    ...[id, printable(name), plan ?? "–", state, printable(last)],
    ...[createdAt.slice(0, 10), expiresAt === null ? "never" : expiresAt.slice(0, 10)],
  ]);
  const [title = "", ...lines] = tableLines(COLUMNS, rows);
  terminal.line(terminal.paint.bold(title));
  for (const [index, line] of lines.entries())
    terminal.line(keys[index]?.state === "active" ? line : terminal.paint.dim(line));
}

export function printKey({ terminal }: CliContext, key: ApiKeyRow): void {
  const { paint, line } = terminal;
  const { id, name, owner, description, plan, state, last, expiresAt, acts, use } = key;
  line(`${paint.bold(id)}  ${printable(name)}`);
  const facts: readonly (readonly [string, string])[] = [
    ["state", state],
    ["plan", plan ?? "none"],
    ["expires", expiresAt === null ? "never" : instant(expiresAt)],
    ["ends in", printable(last)],
    ...(owner === "" ? [] : [["owner", printable(owner)] as const]),
    ...(description === "" ? [] : [["description", printable(description)] as const]),
    ...(use === null
      ? []
      : [
          [
            "here",
            `${countText(use.passed)} passed, ${countText(use.refused)} refused since this front door started${use.lastAt === null ? "" : `; last ${instant(use.lastAt)}`}`,
          ] as const,
        ]),
  ];
  for (const [what, text] of facts) {
    const [first = "", ...more] = wrap(text, 64);
    line(`  ${paint.dim(what.padEnd(12))}${first}`);
    for (const rest of more) line(`  ${"".padEnd(12)}${rest}`);
  }
  for (const { at, act, by, reason } of acts) {
    line(`${instant(at)}  ${act} by ${printable(by)}`);
    if (reason !== "") for (const text of wrap(printable(reason), 74)) line(paint.dim(`    ${text}`));
  }
}
