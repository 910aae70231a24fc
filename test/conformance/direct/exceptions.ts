/** What a front door with no routes changes: docs/reference/transparency.md has a row for each of them, with its reason. */
import { METHODS } from "node:http";
import type { Difference, What } from "./differences.ts";
import {
  type Fault,
  listOf,
  type Message,
  methodOf,
  nameOf,
  statusOf,
  targetOf,
  textIn,
  valuesOf,
  versionOf,
} from "./message.ts";

type Explains = (difference: Difference) => boolean;

const FAMILY = /^(?:x-forwarded-.*|forwarded|x-real-ip|x-original-.*|x-rewrite-url)$/;
/** What fig writes or strips, besides the family. */
const STRIPPED =
  /^(?:x-fig-.*|x-request-id|keep-alive|max-forwards|content-length|transfer-encoding|proxy-(?:connection|authenticate|authorization))$/;
const OF_THE_CONNECTION = new Set(["connection", "keep-alive", "proxy-connection", "te"]);
const NOT_NOMINATED = new Set(["host", "content-length", "transfer-encoding"]);
const WRONG_TRAILERS =
  /^(?:connection|keep-alive|proxy-authenticate|proxy-authorization|proxy-connection|te|transfer-encoding|content-length|host|upgrade|trailer|authorization|set-cookie|cookie|content-encoding|content-type|content-range|x-fig-.*)$/;
const MODIFIERS =
  /^(?:cache-control|expect|max-forwards|pragma|range|via|origin|referer|(?:if|sec|content)-.*)$/;

const inFields = ({ at }: Difference) => at === "request" || at === "answer" || at === "interim";
const inTrailers = ({ at }: Difference) => at === "request trailer" || at === "answer trailer";
const field =
  (at: Difference["at"], what: What, ...names: string[]): Explains =>
  (difference) =>
    difference.at === at && difference.what === what && names.includes(difference.name);
const refused =
  (code: string, status: number, fits: (difference: Difference) => boolean): Explains =>
  (difference) =>
    difference.what === "refused" &&
    (difference.fig === code || difference.fig === `status ${status}`) &&
    fits(difference);
const faulty =
  (...faults: Fault[]) =>
  ({ request }: Difference) =>
    faults.some((fault) => request.faults.has(fault));
const anyFault = ({ request }: Difference) => request.faults.size > 0;
const dashed = (name: string) => name.replaceAll("_", "-");

function nominatedIn({ at, name, request, base }: Difference): boolean {
  const { lines } =
    at === "request"
      ? request
      : { lines: [...(base.final?.lines ?? []), ...base.interims.flatMap((one) => one.lines)] };
  return listOf(lines, "connection").includes(name) && !NOT_NOMINATED.has(name);
}

/** The head has more bytes than `limits.headers`. */
function largeHead({ request }: Difference): boolean {
  return request.start.length + request.lines.reduce((sum, line) => sum + line.length + 2, 4) > 16 * 1024;
}

function largeTail({ chunks, trailers }: Message): boolean {
  return chunks.some((line) => line.length > 4096) || trailers.join("\r\n").length > 15_000;
}

const asksUpgrade = ({ request }: Difference) => valuesOf(request.lines, "upgrade").length > 0;
/** To the monolith if it is asked for in the way of RFC 9110 §7.8, and no HTTP/2; to the client with 101 and 426. */
function passesUpgrade({ at, lane, index, request, base }: Difference): boolean {
  if (at !== "request")
    return at === "answer" && /^(?:101|426)$/.test(String(statusOf(base.final ?? request)));
  const protocols = listOf(request.lines, "upgrade");
  if (lane === "node" && index > 0) return false;
  return (
    versionOf(request) === "HTTP/1.1" &&
    listOf(request.lines, "connection").includes("upgrade") &&
    protocols.some((one) => one !== "") &&
    !protocols.some((one) => one === "h2c" || one === "h2")
  );
}

function hostOf(request: Message): string {
  return /^https?:\/\/([^/?#]+)/i.exec(targetOf(request))?.[1] ?? valuesOf(request.lines, "host")[0] ?? "";
}

function asksForClose({ request }: Difference): boolean {
  const wishes = listOf(request.lines, "connection");
  return wishes.includes("close") || (versionOf(request) === "HTTP/1.0" && !wishes.includes("keep-alive"));
}

const unfinished = ({ base }: Difference) => base.final?.whole !== true;
/** Larger than fig reads, or with more interim answers than it takes. */
const endless = ({ base }: Difference) =>
  base.interims.length > 32 || (base.final?.lines.join("\r\n").length ?? 0) > 64 * 1024 - 100;
const malformed = (difference: Difference) => endless(difference) || faultyAnswer(difference);
const faultyAnswer = ({ base }: Difference) =>
  [...base.interims, ...(base.final === undefined ? [] : [base.final])].some(({ faults }) => faults.size > 0);
const script = ({ one, index }: Difference) => one.exchanges[index]?.answer;
const silent = (difference: Difference) => script(difference)?.kind === "hung";

/** By name, the differences that each explains. The first that does counts. */
export const EXCEPTIONS: Readonly<Record<string, Explains>> = {
  // What the monolith gets besides what the client sent.
  "the peer's address": ({ what }) => what === "peer",
  "x-request-id": ({ at, what, name, request }) =>
    at === "request" &&
    name === "x-request-id" &&
    (what !== "gone" || valuesOf(request.lines, name).length > 1),
  "x-forwarded-for, -proto and -host": ({ at, what, name, fig, request }) =>
    at === "request" &&
    /^(?:new|changed|respelled)$/.test(what) &&
    ((name === "x-forwarded-for" && /: 127\.0\.1\.\d+$/.test(fig)) ||
      fig === "x-forwarded-proto: http" ||
      fig === `x-forwarded-host: ${hostOf(request)}`),
  via: ({ at, what, fig, request }) =>
    at === "request" && what === "new" && fig === `via: ${versionOf(request).slice(5)} fig`,
  "Host of a request without one": (difference) =>
    field("request", "new", "host")(difference) && versionOf(difference.request) === "HTTP/1.0",

  // What of a request does not reach the monolith.
  "forwarding fields": ({ at, what, name }) => at === "request" && what === "gone" && FAMILY.test(name),
  "underscore spellings": ({ at, what, name }) =>
    at.startsWith("request") &&
    what === "gone" &&
    name.includes("_") &&
    (FAMILY.test(dashed(name)) || STRIPPED.test(dashed(name))),
  "fields named x-fig-": ({ at, what, name }) =>
    at === "request" && what === "gone" && name.startsWith("x-fig-"),
  "fields of the connection": (difference) =>
    inFields(difference) && difference.what === "gone" && OF_THE_CONNECTION.has(difference.name),
  "a proxy's login": (difference) =>
    inFields(difference) &&
    difference.what === "gone" &&
    /^proxy-auth(?:enticate|orization)$/.test(difference.name),
  "Upgrade, where it is not passed": (difference) =>
    inFields(difference) &&
    difference.what === "gone" &&
    difference.name === "upgrade" &&
    !passesUpgrade(difference),
  "fields that Connection names": (difference) =>
    inFields(difference) && difference.what === "gone" && nominatedIn(difference),
  "TE: trailers": (difference) =>
    difference.at === "request" &&
    ((difference.name === "te" && /^te: trailers$/i.test(difference.fig)) ||
      (difference.name === "connection" && difference.fig === "connection: TE")) &&
    listOf(difference.request.lines, "te").some((one) => one.startsWith("trailers")),
  "Expect without a body": ({ at, what, name, request }) =>
    at === "request" &&
    what === "gone" &&
    name === "expect" &&
    (request.framing === "none" || listOf(request.lines, "content-length").every((one) => Number(one) === 0)),
  "Upgrade, where it is passed": (difference) =>
    difference.at === "request" &&
    asksUpgrade(difference) &&
    ((difference.name === "upgrade" && difference.what !== "gone") ||
      (difference.name === "connection" && difference.fig === "Connection: Upgrade")),
  "absolute targets": (difference) =>
    difference.at === "request" &&
    /^https?:\/\//i.test(targetOf(difference.request)) &&
    (difference.what === "target" || difference.name === "host"),
  "the version of the other hop": ({ what, direct, fig }) =>
    what === "version" && direct === "HTTP/1.0" && fig === "HTTP/1.1",
  "Max-Forwards": (difference) =>
    difference.name === "max-forwards" &&
    difference.what === "changed" &&
    /^(?:OPTIONS|TRACE)$/.test(methodOf(difference.request)) &&
    Number(textIn(difference.fig)) === Number(textIn(difference.direct)) - 1,

  // How messages are written.
  "white space around values": ({ what, name, fig, direct }) =>
    what === "respelled" &&
    fig.startsWith(`${direct.slice(0, name.length)}: `) &&
    fig === `${direct.slice(0, name.length)}: ${textIn(direct)}`,
  "blanks in a request line": ({ what, direct }) => what === "blanks" && direct.includes("  "),
  "empty lines before a request": ({ what }) => what === "before",
  "where chunks are cut": ({ what, fig }) => what === "chunks" && !fig.includes(";"),
  "trailers that may not be": (difference) =>
    inTrailers(difference) &&
    difference.what === "gone" &&
    (WRONG_TRAILERS.test(difference.name) ||
      (difference.at === "request trailer" &&
        (FAMILY.test(difference.name) ||
          difference.name === "x-request-id" ||
          MODIFIERS.test(difference.name) ||
          !listOf(difference.request.lines, "trailer").includes(difference.name)))),
  "Content-Length where none may be": ({ at, what, name, base }) =>
    what === "gone" &&
    name === "content-length" &&
    (at === "interim" || (at === "answer" && base.final?.start.includes(" 204") === true)),
  "Trailer and trailers where none can be": (difference) =>
    (difference.at === "answer" &&
      field("answer", "gone", "trailer")(difference) &&
      (difference.base.final?.framing !== "chunked" || versionOf(difference.request) === "HTTP/1.0")) ||
    (difference.at === "interim" && difference.name === "trailer" && difference.what === "gone") ||
    (difference.at === "answer trailer" &&
      difference.what === "gone" &&
      versionOf(difference.request) === "HTTP/1.0"),
  "answers that end with their connection": (difference) =>
    difference.at === "answer" &&
    difference.base.final?.framing === "close" &&
    (difference.what === "framing" || field("answer", "new", "transfer-encoding")(difference)),
  "chunked answers to HTTP/1.0": (difference) =>
    difference.at === "answer" &&
    versionOf(difference.request) === "HTTP/1.0" &&
    difference.base.final?.framing === "chunked" &&
    (difference.what === "framing" || field("answer", "gone", "transfer-encoding")(difference)),
  "connections to HTTP/1.0 that end with their answer": ({ what, fig, request, base }) =>
    what === "end" &&
    fig === "closed" &&
    versionOf(request) === "HTTP/1.0" &&
    valuesOf(base.final?.lines ?? [], "content-length").length === 0,
  "Transfer-Encoding of an answer": ({ at, what, name, fig }) =>
    at === "answer" &&
    name === "transfer-encoding" &&
    fig === "Transfer-Encoding: chunked" &&
    what !== "gone",
  "Transfer-Encoding of an answer without a body": (difference) =>
    field("answer", "gone", "transfer-encoding")(difference) && difference.base.final?.framing === "none",
  "Connection of an answer": (difference) =>
    difference.at === "answer" &&
    difference.name === "connection" &&
    (difference.fig === "Connection: close" ||
      (/^Connection: keep-alive$/i.test(difference.fig) && versionOf(difference.request) === "HTTP/1.0") ||
      (difference.fig === "Connection: Upgrade" &&
        statusOf(difference.base.final ?? difference.request) === 101)),
  "interim answers": (difference) =>
    difference.at === "interim" &&
    difference.what === "gone" &&
    (versionOf(difference.request) === "HTTP/1.0" ||
      (difference.direct.startsWith("HTTP/1.1 100") &&
        !listOf(difference.request.lines, "expect").includes("100-continue"))),

  // What is refused.
  "heads that do not end": ({ what, fig, request }) =>
    !request.headWhole &&
    ((what === "refused" &&
      /^(?:bad_request|method_unknown|request_timeout|status (?:40[08]|501))$/.test(fig)) ||
      what === "missing"),
  "other versions": refused(
    "bad_request",
    400,
    ({ request }) => request.faults.has("version") && request.faults.size === 1,
  ),
  "malformed requests": (difference) =>
    refused("bad_request", 400, anyFault)(difference) ||
    refused("method_unknown", 501, faulty("method", "syntax"))(difference),
  "a Host that is none": refused("bad_host", 400, faulty("host", "target")),
  "targets that are none": refused("bad_target", 400, faulty("target")),
  "transfer codings": refused("bad_transfer_coding", 501, faulty("coding")),
  CONNECT: refused("connect_refused", 405, ({ request }) => methodOf(request) === "CONNECT"),
  "Max-Forwards: 0": refused(
    "last_hop",
    405,
    ({ request }) =>
      valuesOf(request.lines, "max-forwards")[0] === "0" && /^(?:OPTIONS|TRACE)$/.test(methodOf(request)),
  ),
  "four front doors before": refused(
    "loop_detected",
    508,
    ({ request }) => listOf(request.lines, "via").filter((hop) => hop.endsWith(" fig")).length >= 4,
  ),
  "other expectations": refused("expectation_failed", 417, ({ request }) =>
    listOf(request.lines, "expect").some((one) => one !== "" && one !== "100-continue"),
  ),
  "large heads": refused("headers_too_large", 431, largeHead),
  "long targets": refused("url_too_long", 414, ({ request }) => targetOf(request).length > 8192),
  "requests that do not come in time": refused("request_timeout", 408, ({ request }) => !request.whole),
  "trailers that frame a body": refused("bad_request", 400, ({ request }) =>
    request.trailers.some((line) => /^(?:content-length|transfer-encoding)$/.test(nameOf(line))),
  ),
  "large trailers and chunk extensions": ({ what, fig, request }) =>
    what === "refused" && /^(?:bad_request|headers_too_large|status 4\d\d)$/.test(fig) && largeTail(request),

  // What node:http has besides.
  "methods, with lane: node": (difference) =>
    difference.lane === "node" &&
    !METHODS.includes(methodOf(difference.request)) &&
    (refused("method_unknown", 501, () => true)(difference) ||
      refused("bad_request", 400, () => true)(difference)),
  "Upgrade behind a request, with lane: node": ({ lane, index, what, request, at, name, fig }) =>
    lane === "node" &&
    index > 0 &&
    valuesOf(request.lines, "upgrade").length > 0 &&
    (what === "failed" || (at === "request" && name === "connection")) &&
    fig !== "",
  // What becomes of answers.
  "repaired answers": ({ what, base }) => what === "repaired" && base.final?.repaired === true,
  "malformed answers": (difference) =>
    malformed(difference) &&
    ((difference.what === "failed" && /^(?:upstream_invalid|status 502)$/.test(difference.fig)) ||
      (difference.at === "answer" && (difference.what === "cut" || difference.what === "missing"))),
  "unfinished answers": (difference) =>
    unfinished(difference) &&
    difference.at === "answer" &&
    ((difference.what === "failed" && /^(?:upstream_reset|status 502)$/.test(difference.fig)) ||
      difference.what === "cut"),
  "101 that nobody asked for": (difference) =>
    difference.what === "failed" &&
    /^(?:upstream_invalid|status 502)$/.test(difference.fig) &&
    statusOf(difference.base.final ?? difference.request) === 101 &&
    !passesUpgrade({ ...difference, at: "request" }),
  "answers that do not come in time": (difference) =>
    silent(difference) &&
    difference.what === "failed" &&
    /^(?:upstream_timeout|status 504)$/.test(difference.fig),
  "bytes behind an answer": ({ what }) => what === "behind",

  // Connections.
  "connections of its own": (difference) =>
    difference.what === "outlived" ||
    (difference.what === "end" && difference.direct === "closed" && !asksForClose(difference)),
  "a request that is sent again": (difference) =>
    difference.what === "again" &&
    unfinished(difference) &&
    difference.request.framing === "none" &&
    /^(?:GET|HEAD|OPTIONS|TRACE|PUT|DELETE)$/.test(methodOf(difference.request)),
  "connections that end after a refusal": ({ what, name, fig }) =>
    (what === "end" && fig === "closed" && name !== "") || (what === "missing" && name !== ""),
  "an event stream whose client sent its FIN": ({ one, what, base }) =>
    one.finish === "half-close" &&
    (what === "missing" || what === "cut" || what === "left") &&
    valuesOf(base.final?.lines ?? [], "content-type").some((type) => type.startsWith("text/event-stream")),
  "the client's FIN": ({ what, one, direct, fig }) =>
    what === "left" && one.finish === "half-close" && direct === "fin" && fig === "",
  "the client's reset": ({ what, one, direct, fig }) =>
    what === "left" && one.finish === "reset" && direct === "reset" && fig === "fin",
  "early answers": (difference) =>
    difference.at === "request" && difference.what === "cut" && script(difference)?.when === "head",
};
