/** Requests that explain can be asked about, and as a client writes them: usual ones, and ones that nobody should send. */
import type { ExplainRequest } from "../../../src/control/contract.ts";
import type { Random } from "../../conformance/differential/random.ts";
import {
  BAD_HOSTS,
  BAD_LENGTHS,
  BROKEN_NAMES,
  BROKEN_VALUES,
  CHAINS,
  CODINGS,
  CONNECTIONS,
  COOKIES,
  EXPECTS,
  FRAGMENTS,
  HOSTS,
  LENGTHS,
  NAMES,
  ODD_METHODS,
  PIECES,
  QUERIES,
  UPGRADES,
  USUAL_METHODS,
  USUAL_PATHS,
  VALUES,
} from "./asked-words.ts";

export interface AskedRequest extends ExplainRequest {
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** Body bytes that follow the head. */
  readonly body: string;
}

/** Those that a URL can have: it has to have one. */
const BAD_URL_HOSTS = BAD_HOSTS.filter((text) => text !== "" && !/[ /?]/.test(text));

function targetOf(random: Random): string {
  if (random.chance(0.55)) return random.pick(USUAL_PATHS);
  if (random.chance(0.06))
    return `/${random.pick(["", "items/", "files/"])}${longText(random)}${random.pick(QUERIES)}`;
  if (random.chance(0.04)) return "*";
  const pieces = Array.from({ length: 1 + random.below(5) }, () => random.pick(PIECES));
  return `/${pieces.join("/")}${random.pick(QUERIES)}${random.pick(FRAGMENTS)}`;
}

/** Around the bounds of URL and head, at which one byte decides. */
function longText(random: Random): string {
  const around = random.pick([2048, 4096]);
  return random
    .pick(["a", "/b", "%41"])
    .repeat(around)
    .slice(0, around - 120 + random.below(140));
}

function urlOf(random: Random): string {
  const target = targetOf(random);
  if (target === "*" || random.chance(0.6)) return target;
  const host = random.pick(random.chance(0.1) ? BAD_URL_HOSTS : HOSTS);
  const credentials = random.chance(0.1) ? "user:pw@" : "";
  const scheme = random.pick(["http", "http", "https", "HTTP"]);
  return `${scheme}://${credentials}${host}${target === "/" && random.chance(0.5) ? "" : target}`;
}

/** A name as somebody writes it. */
function cased(random: Random, name: string): string {
  return random.pick([name, name, name.toLowerCase(), name.toUpperCase()]);
}

class Fields {
  readonly all: Record<string, string[]> = {};
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  /** At times a second one, of the same case or of another. */
  add(name: string, values: readonly string[], twice = 0.04): void {
    const { all, random } = this;
    const first = cased(random, name);
    all[first] = [random.pick(values)];
    if (!random.chance(twice)) return;
    const other = first === first.toUpperCase() ? first.toLowerCase() : first.toUpperCase();
    const second = random.pick([first, other]);
    all[second] = [...(all[second] ?? []), random.pick(values)];
  }
}

function usualFields(random: Random, fields: Fields, url: string): void {
  const absolute = /^http/i.test(url);
  if (random.chance(absolute ? 0.1 : 0.85)) fields.add("Host", random.chance(0.06) ? BAD_HOSTS : HOSTS);
  if (random.chance(0.4)) fields.add("Cookie", COOKIES);
  if (random.chance(0.3)) fields.add("X-User", ["u1", "u2", "u3", "u4", ...VALUES]);
  if (random.chance(0.3)) fields.add("X-Group", random.chance(0.4) ? ["beta"] : VALUES);
  if (random.chance(0.3)) fields.add("X-Mode", VALUES);
  if (random.chance(0.2)) fields.add("X-Forwarded-For", CHAINS, 0.15);
  if (random.chance(0.1)) fields.add("X_Forwarded_For", CHAINS);
  if (random.chance(0.3)) {
    fields.add("Origin", ["https://a.test"]);
    fields.add("Access-Control-Request-Method", ["GET", "PUT", "DELETE", "put", ""], 0.05);
  }
  if (random.chance(0.15))
    fields.add("Access-Control-Request-Headers", ["x-user", "content-type,X-Group", " x-mode , x-user", ""]);
}

function oddFields(random: Random, fields: Fields): void {
  for (let count = 1 + random.below(3); count > 0; count--) {
    switch (random.below(11)) {
      case 0:
        fields.add("Content-Length", random.chance(0.5) ? LENGTHS : BAD_LENGTHS, 0.08);
        break;
      case 1:
        fields.add("Transfer-Encoding", CODINGS, 0.08);
        break;
      case 2:
        fields.add("Expect", EXPECTS, 0.15);
        break;
      case 3:
        fields.add("Connection", CONNECTIONS, 0.15);
        fields.add("Upgrade", UPGRADES, 0.1);
        break;
      case 4:
        fields.add("Max-Forwards", ["0", "0", "00", "1", "x", "", "-1"], 0.1);
        break;
      case 5:
        fields.add(random.pick(["Proxy-Connection", "Connection"]), CONNECTIONS);
        break;
      case 6:
        fields.add("Upgrade", UPGRADES);
        break;
      case 7:
        fields.all["X-Long"] = [longText(random)];
        break;
      case 8:
        fields.add(random.pick(NAMES), random.chance(0.1) ? BROKEN_VALUES : VALUES);
        break;
      case 9:
        fields.add(random.pick(random.chance(0.3) ? BROKEN_NAMES : NAMES), VALUES);
        break;
      default:
        for (let i = random.below(60); i > 0; i--) fields.all[`X-Many-${i}`] = ["m".repeat(random.below(80))];
    }
  }
}

/** Bytes as the framing fields say, where they say it; of those that are refused, some. */
function bodyOf(headers: Readonly<Record<string, readonly string[]>>): string {
  const of = (name: string) => Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1][0];
  if (of("transfer-encoding") !== undefined) return "5\r\nhello\r\n0\r\n\r\n";
  const length = Number(of("content-length") ?? 0);
  return length > 0 && length < 10_000 ? "b".repeat(length) : "";
}

export function askedRequest(random: Random, ip: string): AskedRequest {
  const url = urlOf(random);
  const fields = new Fields(random);
  usualFields(random, fields, url);
  if (random.chance(0.45)) oddFields(random, fields);
  const method = random.pick(random.chance(0.25) ? ODD_METHODS : USUAL_METHODS);
  return { method, url, headers: fields.all, ip, body: bodyOf(fields.all) };
}

/** As a client writes it that is given this URL and these fields: UTF-8, as latin1. */
export function written({ method, url, headers, body }: AskedRequest): string {
  const [, authority, rest = ""] = /^(?:https?:\/\/([^/?#]*))?([^#]*)/i.exec(url) ?? [];
  const target = rest.startsWith("/") || rest === "*" ? rest : `/${rest}`;
  const lines = [`${method} ${target} HTTP/1.1`];
  const hasHost = Object.keys(headers).some((name) => name.toLowerCase() === "host");
  if (!hasHost) lines.push(`Host: ${(authority ?? "").replace(/^.*@/, "")}`);
  for (const [name, values] of Object.entries(headers))
    for (const value of values) lines.push(`${name}: ${value.replace(/^[ \t]+|[ \t]+$/g, "")}`);
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`).toString("latin1");
}
