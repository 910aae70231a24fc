import { resolve } from "node:path";
import {
  type FrontDoorConfig,
  type ListenAddress,
  UPSTREAM_CONNECTIONS,
  type UpstreamDefinition,
} from "../domain/config.ts";
import { isLoopback } from "../domain/host.ts";
import { withFiles } from "../domain/state-url.ts";
import { type ConfigDocument, keysAt, type ProblemList, valueAt } from "./document.ts";
import type { FigInput } from "./fig-schema.ts";
import { suggestion } from "./nearest.ts";

/** fig.yaml without what the folders hold. */
export type FrontDoorSettings = Omit<FrontDoorConfig, "routes" | "migrations">;

function upstreamsOf(input: FigInput): Map<string, UpstreamDefinition> {
  const upstreams = new Map<string, UpstreamDefinition>();
  for (const [name, given] of Object.entries(input.upstreams)) {
    const short = typeof given === "string";
    upstreams.set(name, {
      name,
      kind: "http",
      urls: short ? [given] : given.urls,
      host: short ? "client" : given.host,
      timeoutMs: (short ? undefined : given.timeout) ?? input.timeouts.response,
      connections: short
        ? UPSTREAM_CONNECTIONS
        : { idleMs: given.connections.idle, maxAgeMs: given.connections.maxAge },
    });
  }
  return upstreams;
}

/** The names of all upstreams, including those with a wrong definition. */
export function upstreamNames(fig: ConfigDocument): readonly string[] | undefined {
  if (fig.readable && valueAt(fig.value, ["upstreams"]) === undefined) return [];
  return keysAt(fig.value, ["upstreams"]);
}

/** True when fig.yaml names a default upstream, or when that cannot be told. */
export function mayHaveDefault(fig: ConfigDocument): boolean {
  return !fig.readable || valueAt(fig.value, ["default"]) !== undefined;
}

function listOf(listen: FigInput["listen"]): readonly ListenAddress[] {
  return Array.isArray(listen) ? listen : [listen];
}

function sameAddress(a: ListenAddress, b: ListenAddress): boolean {
  return a.port !== 0 && a.port === b.port && a.host.toLowerCase() === b.host.toLowerCase();
}

function checkAddresses(
  { listen, admin }: Partial<FigInput>,
  fig: ConfigDocument,
  problems: ProblemList,
): void {
  const addresses = listen === undefined ? [] : listOf(listen);
  for (const [index, one] of addresses.entries()) {
    const place = fig.place(Array.isArray(listen) ? ["listen", index] : ["listen"]);
    const text = `${one.host}:${one.port}`;
    if (addresses.slice(0, index).some((other) => sameAddress(other, one))) {
      problems.add(place, `listen: ${text} appears twice`, "keep one of them");
    } else if (admin !== undefined && sameAddress(one, admin)) {
      problems.add(place, `listen and admin are both ${text}`, "give one of them another port");
    }
  }
}

/**
 * What must hold between the keys of fig.yaml. Keys that are wrong by themselves are left out of `input`, and what depends on
 * them is not checked.
 */
export function checkSettings(input: Partial<FigInput>, fig: ConfigDocument, problems: ProblemList): void {
  const { admin, default: fallback, upstreams } = input;
  checkAddresses(input, fig, problems);
  const hasToken = input.adminToken !== undefined && input.adminToken !== "";
  const tokenIsWrong = !("adminToken" in input) && valueAt(fig.value, ["adminToken"]) !== undefined;
  if (admin !== undefined && !isLoopback(admin.host) && !hasToken && !tokenIsWrong) {
    problems.add(
      fig.place(["admin"]),
      `admin: ${admin.host} is not loopback, and there is no adminToken`,
      `set adminToken: \${FIG_ADMIN_TOKEN}, or bind admin to 127.0.0.1`,
    );
  }
  const names = upstreamNames(fig);
  if (fallback !== undefined && names !== undefined && !names.includes(fallback)) {
    const remedy = suggestion(fallback, names, "upstreams");
    problems.add(fig.place(["default"]), `default: there is no upstream "${fallback}"`, remedy);
  }
  if (input.ambiguousPaths === "default" && !mayHaveDefault(fig)) {
    const what = "ambiguousPaths: default needs a default upstream, and there is none";
    problems.add(fig.place(["ambiguousPaths"]), what, "set default, or write reject");
  }
  for (const [name, given] of Object.entries(upstreams ?? {})) {
    if (typeof given === "string") continue;
    for (const [index, url] of given.urls.entries()) {
      if (given.urls.indexOf(url) === index) continue;
      problems.add(
        fig.place(["upstreams", name, "urls", index]),
        `upstreams.${name}: ${url} appears twice`,
        "keep one",
      );
    }
  }
}

/** The settings of a fig.yaml that passed its schema. */
export function frontDoorSettings(
  input: FigInput,
  where: { readonly file: string | undefined; readonly folder: string },
): FrontDoorSettings {
  const { limits, timeouts, drain } = input;
  return {
    file: where.file,
    name: input.name,
    listen: listOf(input.listen),
    reusePort: input.reusePort,
    admin: input.admin,
    state: withFiles(input.state, (path) => resolve(where.folder, path)),
    requireState: input.requireState,
    defaultUpstream: input.default,
    debugHeaders: input.debugHeaders,
    accessLogSamplePercent: input.accessLog.sample,
    adminToken: input.adminToken === "" ? undefined : input.adminToken,
    trustedProxies: input.trustedProxies,
    trustedHeaders: [...new Set(input.trustedHeaders)],
    forwarded: input.forwarded,
    underscoreHeaders: input.underscoreHeaders,
    ambiguousPaths: input.ambiguousPaths,
    lane: input.lane,
    clientHalfClose: input.clientHalfClose,
    gate: input.gate,
    limits: {
      headersBytes: limits.headers,
      urlBytes: limits.url,
      bodyBytes: limits.body,
      connections: limits.connections,
      shadowMemoryBytes: limits.shadowMemory,
      bodyMemoryBytes: limits.bodyMemory,
    },
    timeouts: {
      headersMs: timeouts.headers,
      idleMs: timeouts.idle,
      connectMs: timeouts.connect,
      responseMs: timeouts.response,
      bodyIdleMs: timeouts.bodyIdle,
      upgradeIdleMs: timeouts.upgradeIdle,
      halfClosedMs: timeouts.halfClosed,
    },
    drain: { delayMs: drain.delay, deadlineMs: drain.deadline },
    upstreams: upstreamsOf(input),
  };
}
