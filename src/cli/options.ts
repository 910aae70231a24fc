import { isIP } from "node:net";
import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { isPercent } from "../domain/position.ts";
import { parseDuration } from "../domain/quantities.ts";
import { isToken } from "../wire/grammar.ts";
import type { CliDeps } from "./contract.ts";
import { usage } from "./usage.ts";

/** Options of every command that reads files or asks a front door. */
export interface TargetOptions {
  readonly config?: string;
  readonly admin?: string;
  readonly json?: boolean;
}

/** Of `fig status`. */
export interface StatusOptions extends TargetOptions {
  /** Ids, or how they begin with a `*` at the end. */
  readonly route?: readonly string[];
}

export function withConfig(command: Command): Command {
  return command.option("-c, --config <file>", "the front door's file (default: fig.yaml)");
}

export function withTarget(command: Command): Command {
  return withConfig(command)
    .option("--admin <url>", "admin API to act through (default: the file's `admin`)", adminUrl)
    .option("--json", "print JSON");
}

export function withBy(command: Command): Command {
  return command.option("--by <name>", "who does it (default: FIG_BY, or the user's name)", nonEmpty);
}

/** Why, for the ledger; a dry run needs no reason. */
export function reasonOf({
  reason,
  dryRun,
}: {
  readonly reason?: string;
  readonly dryRun?: boolean;
}): string {
  if (reason === undefined && dryRun !== true)
    throw usage(
      "required option '--reason <text>' not specified",
      'say why: --reason "..."; the ledger keeps it',
    );
  return reason ?? "dry run";
}

export function byOf(option: string | undefined, deps: CliDeps): string {
  const fromEnvironment = deps.env.FIG_BY?.trim();
  return option ?? (fromEnvironment === undefined || fromEnvironment === "" ? deps.user : fromEnvironment);
}

/** `25`, `0.5` or `25%`. */
export function percentOption(text: string): number {
  const value = /^\d+(\.\d+)?%?$/.test(text) ? Number(text.replace(/%$/, "")) : Number.NaN;
  if (!isPercent(value))
    throw new InvalidArgumentError("a percentage from 0 to 100 with at most two decimals is needed.");
  return value;
}

export function revisionOption(text: string): number {
  return wholeNumber(text, "a revision is a whole number from 0, as `fig history` shows it.");
}

export function stepOption(text: string): number {
  return wholeNumber(
    text,
    "a step is a migration's number, e.g. 3 for 0003-name.yaml; 0 is before the first.",
  );
}

function wholeNumber(text: string, remedy: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError(remedy);
  return value;
}

export function nonEmpty(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") throw new InvalidArgumentError("it must not be empty.");
  return trimmed;
}

/** `http(s)://host:port`, `host:port` or `unix:PATH`; gives the origin. */
export function adminUrl(text: string): string {
  const path = /^unix:(?:\/\/)?(.+)$/.exec(text)?.[1];
  if (path !== undefined) return `unix:${resolve(path)}`;
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`);
  const wanted = "an admin address is needed, e.g. http://127.0.0.1:9901.";
  if (url === null || !/^https?:$/.test(url.protocol)) throw new InvalidArgumentError(wanted);
  if (url.pathname !== "/" || url.search !== "" || url.username !== "")
    throw new InvalidArgumentError(`${wanted} It has no path, query or password.`);
  return url.origin;
}

/** `250ms`, `30s`, `2m`, in whole milliseconds; more than nothing. */
export function durationOption(text: string): number {
  const value = parseDuration(text) ?? Number.NaN;
  if (!(Number.isInteger(value) && value > 0 && value < 2 ** 31))
    throw new InvalidArgumentError("a duration above zero is needed, e.g. 30s or 2m.");
  return value;
}

/** Requests a second that one machine's demo can make. */
export function rateOption(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 5000)
    throw new InvalidArgumentError("a whole number from 1 to 5000 is needed.");
  return value;
}

export function ipOption(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError("an IPv4 or IPv6 address is needed.");
  return text;
}

/** Collects `-H 'name: value'`; a name given twice has two values, as the client sends them. */
export function headerOption(
  text: string,
  earlier: Readonly<Record<string, readonly string[]>> = {},
): Readonly<Record<string, readonly string[]>> {
  const [, name = "", value] = /^([^:]+):[ \t]*(.*?)[ \t]*$/.exec(text) ?? [];
  if (!isToken(name) || value === undefined)
    throw new InvalidArgumentError("a header is needed as 'name: value'.");
  const lower = name.toLowerCase();
  const before = Object.hasOwn(earlier, lower) ? (earlier[lower] ?? []) : [];
  return { ...earlier, [lower]: [...before, value] };
}
