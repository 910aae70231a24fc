import { isCredentialHeader, isCredentialName } from "../domain/credentials.ts";
import { headerLines } from "../domain/headers.ts";
import type { LogValue, LogVariable } from "../domain/log-format.ts";
import { identityOf } from "../domain/policies/authorizer.ts";
import { jwtRules } from "../domain/policies/jwt.ts";
import type { Policies } from "../domain/policies.ts";
import { REDACTED } from "../domain/redaction.ts";
import { REFUSALS } from "../domain/refusals.ts";
import { clfTime } from "./clf-time.ts";
import type { AccessRecord, LoggedRequest } from "./contract.ts";
import { isCutField, redactHost, redactId, redactTarget } from "./redact.ts";

/** One line to be written. */
export interface LogLine {
  readonly record: AccessRecord;
  readonly request: LoggedRequest;
  /** When it is written, milliseconds since the epoch. */
  readonly nowMs: number;
  readonly environment: string | undefined;
  /** Something that is no part of the record was cut. */
  isCut?: boolean;
}

/** Undefined: there is none, which a text shows as `-`. */
export type Said = string | number | boolean | object | undefined;
type ValueOf = (line: LogLine) => Said;

/** A client that left before its answer began, as nginx counts it. */
const CLIENT_LEFT = 499;

/** A text that others chose, as it may be shown. */
function shown(line: LogLine, text: string): string {
  if (isCutField(text)) line.isCut = true;
  return redactId(text);
}

const rounded = (micros: number) => Math.round(micros) / 1000;
const some = (text: string) => (text === "" ? undefined : text);
const began = ({ record, nowMs }: LogLine) => Math.round(nowMs - record.micros / 1000);

function target({ record }: LogLine): string {
  return redactTarget(record.target);
}

function path(line: LogLine): string {
  return target(line).split(/[?#]/, 1)[0] as string;
}

function protocol({ request }: LogLine): string {
  return `HTTP/${request.decision.head.version}`;
}

function field({ request }: LogLine, name: string): string | undefined {
  const lines = headerLines(request.decision.head.headers, name);
  return lines.length === 0 ? undefined : lines.join(", ");
}

/** Micros until the side's answer was whole. Undefined: no side's was. */
function sideMicros({ record, request }: LogLine): number | undefined {
  return record.side === "none" || request.answerMicros === 0 ? undefined : request.answerMicros;
}

function errorMessage({ record }: LogLine): string | undefined {
  const { error } = record;
  return error !== undefined && error in REFUSALS ? REFUSALS[error as keyof typeof REFUSALS].message : error;
}

/** API Gateway's types of its own answers, by status. */
const TYPES: Readonly<Record<number, string>> = {
  400: "BAD_REQUEST_PARAMETERS",
  401: "UNAUTHORIZED",
  403: "ACCESS_DENIED",
  404: "RESOURCE_NOT_FOUND",
  413: "REQUEST_TOO_LARGE",
  415: "UNSUPPORTED_MEDIA_TYPE",
  429: "THROTTLED",
  500: "API_CONFIGURATION_ERROR",
  502: "INTEGRATION_FAILURE",
  504: "INTEGRATION_TIMEOUT",
};

function errorType({ record: { error, status } }: LogLine): string | undefined {
  if (error === undefined) return undefined;
  return TYPES[status] ?? (status >= 500 ? "DEFAULT_5XX" : "DEFAULT_4XX");
}

/** A value that a token or an authorizer gave, by its name. */
function claim(line: LogLine, values: Readonly<Record<string, unknown>> | undefined, name: string): Said {
  const value = values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
  if (value === undefined || value === null) return undefined;
  if (isCredentialName(name)) return REDACTED;
  if (typeof value === "number" || typeof value === "boolean") return value;
  return shown(line, typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
}

const VALUES: Readonly<Record<Exclude<LogValue, "http" | "claim" | "context" | "verdict">, ValueOf>> = {
  requestId: ({ record }) => some(redactId(record.requestId)),
  traceId: ({ record }) => some(record.traceId),
  timeClf: ({ nowMs }) => clfTime(nowMs),
  timeIso: ({ nowMs }) => new Date(nowMs).toISOString(),
  timeSeconds: ({ nowMs }) => nowMs / 1000,
  beganClf: (line) => clfTime(began(line)),
  beganMs: began,
  method: ({ record }) => redactId(record.method),
  target,
  path,
  query: (line) => some(target(line).slice(path(line).length + 1)),
  protocol,
  requestLine: (line) => `${redactId(line.record.method)} ${target(line)} ${protocol(line)}`,
  host: ({ record }) => some(redactHost(record.host)),
  hostPrefix: ({ record }) => some(redactHost(record.host).split(/[.:]/, 1)[0] as string),
  scheme: ({ request: { decision } }) => {
    const { head, scanned } = decision;
    return redactId(scanned.forwardedProto ?? (head.encrypted ? "https" : "http"));
  },
  client: ({ request }) => some(request.clientAddress()),
  peer: ({ record }) => some(record.remoteAddress),
  subject: ({ record }) => (record.subject === undefined ? undefined : redactId(record.subject)),
  apiKey: ({ record }) => record.apiKey,
  redacted: () => REDACTED,
  referer: (line) => {
    const referer = field(line, "referer");
    return referer === undefined ? undefined : redactTarget(referer);
  },
  userAgent: (line) => {
    const agent = field(line, "user-agent");
    return agent === undefined ? undefined : shown(line, agent);
  },
  status: ({ record }) => record.status || CLIENT_LEFT,
  responseBytes: ({ record }) => record.responseBytes,
  requestBytes: ({ record }) => record.requestBytes,
  durationMs: ({ record }) => rounded(record.micros),
  durationSeconds: ({ record }) => new Seconds(record.micros),
  sideMs: (line) => {
    const micros = sideMicros(line);
    return micros === undefined ? undefined : rounded(micros);
  },
  sideSeconds: (line) => {
    const micros = sideMicros(line);
    return micros === undefined ? undefined : new Seconds(micros);
  },
  sideStatus: ({ record }) =>
    record.side === "none" || record.error !== undefined ? undefined : record.status || undefined,
  route: ({ record }) => some(record.route),
  template: ({ request }) => request.decision.live?.definition.match.path,
  routeKey: ({ record, request }) => {
    const template = request.decision.live?.definition.match.path;
    return template === undefined ? undefined : `${redactId(record.method)} ${template}`;
  },
  side: ({ record }) => (record.side === "none" ? undefined : record.side),
  phase: ({ record }) => record.phase,
  upstream: ({ record }) => record.upstream,
  upstreamAddress: ({ record }) =>
    record.tries === undefined || record.tries.length === 0
      ? record.upstream
      : record.tries.map(({ address }) => address).join(", "),
  policies: ({ record }) => record.policies,
  tries: ({ record }) => record.tries,
  cache: ({ record }) => record.policies?.cache,
  cacheCapitals: ({ record }) => record.policies?.cache?.toUpperCase(),
  shadowed: ({ record }) => record.shadowed,
  pinned: ({ record }) => record.pinned,
  fellBack: ({ record }) => record.fellBack,
  error: ({ record }) => record.error,
  detail: ({ record }) => record.detail,
  errorMessage,
  errorQuoted: (line) => {
    const message = errorMessage(line);
    return message === undefined ? undefined : JSON.stringify(message);
  },
  errorType,
  environment: ({ environment }) => environment,
  pid: () => process.pid,
  nothing: () => undefined,
};

/** A number of seconds, with three decimals in a text as nginx writes it. */
class Seconds {
  private readonly micros: number;

  constructor(micros: number) {
    this.micros = micros;
  }

  toString(): string {
    return (this.micros / 1_000_000).toFixed(3);
  }

  toJSON(): number {
    return Number(this.toString());
  }
}

/** What the route's policies read who a client is from, whatever the field is called. */
function isCredentialOf(policies: Policies | undefined, name: string): boolean {
  if (policies === undefined) return false;
  const { apiKeys, jwt, authorizer } = policies;
  const places = [
    ...(jwt === undefined ? [] : jwtRules(jwt).flatMap(({ from }) => from)),
    ...(authorizer === undefined ? [] : identityOf(authorizer)),
  ];
  return (
    apiKeys?.headers.includes(name) === true ||
    places.some((place) => place.kind === "header" && place.name === name)
  );
}

/** How a variable's value is found. No value shows a credential. */
export function readerOf({ value, name = "" }: LogVariable): ValueOf {
  switch (value) {
    case "http":
      return isCredentialHeader(name)
        ? (line) => (field(line, name) === undefined ? undefined : REDACTED)
        : (line) => {
            const text = field(line, name);
            if (text === undefined) return undefined;
            return isCredentialOf(line.request.decision.live?.definition.policies, name)
              ? REDACTED
              : shown(line, text);
          };
    case "claim":
      return (line) => claim(line, line.request.identity?.claims, name);
    case "context":
      return (line) => claim(line, line.request.identity?.context, name);
    case "verdict":
      return ({ record }) => record.policies?.[name];
    default:
      return VALUES[value];
  }
}
