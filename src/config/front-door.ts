import { resolve } from "node:path";
import { AUTOPILOT_TIMES } from "../domain/autopilot.ts";
import type { FrontDoorConfig, ListenAddress } from "../domain/config.ts";
import { addressText, isLocal } from "../domain/host.ts";
import { withFiles } from "../domain/state-url.ts";
import { type ConfigDocument, keysAt, type ProblemList, valueAt } from "./document.ts";
import type { FigInput } from "./fig-schema.ts";
import type { GuardsInput } from "./guards-schema.ts";
import { listOf, socketIn } from "./listeners.ts";
import { suggestion } from "./nearest.ts";
import { tracingOf } from "./tracing-schema.ts";
import { checkUpstreams, upstreamsOf } from "./upstreams.ts";
import { webhooksOf } from "./webhooks-schema.ts";

/** fig.yaml without what the folders hold. */
export type FrontDoorSettings = Omit<FrontDoorConfig, "routes" | "migrations" | "documents"> & {
  /** Of every route. Routes have them already, together with their own. */
  readonly guards: GuardsInput | undefined;
};

/** The names of all upstreams, including those with a wrong definition. */
export function upstreamNames(fig: ConfigDocument): readonly string[] | undefined {
  if (fig.readable && valueAt(fig.value, ["upstreams"]) === undefined) return [];
  return keysAt(fig.value, ["upstreams"]);
}

/** True when fig.yaml names a default upstream, or when that cannot be told. */
export function mayHaveDefault(fig: ConfigDocument): boolean {
  return !fig.readable || valueAt(fig.value, ["default"]) !== undefined;
}

function sameAddress(a: ListenAddress, b: ListenAddress): boolean {
  if (a.unix !== undefined || b.unix !== undefined) return a.unix?.path === b.unix?.path;
  return a.port !== 0 && a.port === b.port && a.host.toLowerCase() === b.host.toLowerCase();
}

function checkAddresses(
  { listen, admin }: Partial<FigInput>,
  fig: ConfigDocument,
  problems: ProblemList,
): void {
  const addresses =
    listen === undefined ? [] : listOf(listen).map((one) => ("address" in one ? one.address : one));
  for (const [index, one] of addresses.entries()) {
    const place = fig.place(Array.isArray(listen) ? ["listen", index] : ["listen"]);
    const text = addressText(one);
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
export function checkSettings(
  input: Partial<FigInput>,
  fig: ConfigDocument,
  problems: ProblemList,
  folder: string,
): void {
  const { admin, default: fallback, upstreams } = input;
  checkAddresses(input, fig, problems);
  const hasToken = input.adminToken !== undefined && input.adminToken !== "";
  const tokenIsWrong = !("adminToken" in input) && valueAt(fig.value, ["adminToken"]) !== undefined;
  if (admin !== undefined && !isLocal(admin) && !hasToken && !tokenIsWrong) {
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
  checkUpstreams(upstreams, fig, problems, folder);
}

/** The settings of a fig.yaml that passed its schema. */
export function frontDoorSettings(
  input: FigInput,
  where: { readonly file: string | undefined; readonly folder: string },
  /** Of `input`: listenersOf, identityOf. */
  { listen, identity }: Pick<FrontDoorSettings, "listen" | "identity">,
): FrontDoorSettings {
  const { limits, timeouts, drain } = input;
  return {
    file: where.file,
    name: input.name,
    listen,
    reusePort: input.reusePort,
    workers: input.workers,
    admin:
      input.admin.unix === undefined
        ? input.admin
        : { ...input.admin, unix: socketIn(where.folder, input.admin.unix) },
    state: withFiles(input.state, (path) => resolve(where.folder, path)),
    requireState: input.requireState,
    defaultUpstream: input.default,
    debugHeaders: input.debugHeaders,
    accessLog: {
      samplePercent: input.accessLog.sample,
      format: input.accessLog.format,
      file: input.accessLog.to === undefined ? undefined : resolve(where.folder, input.accessLog.to),
      environment: input.name,
    },
    adminToken: input.adminToken === "" ? undefined : input.adminToken,
    identity,
    tracing: tracingOf(input.tracing, input.name),
    trustedProxies: input.trustedProxies,
    trustedHeaders: [...new Set(input.trustedHeaders)],
    forwarded: input.forwarded,
    underscoreHeaders: input.underscoreHeaders,
    ambiguousPaths: input.ambiguousPaths,
    lane: input.lane,
    clientHalfClose: input.clientHalfClose,
    gate: input.gate?.gate,
    ...(input.gate?.binding === true ? { gateBinding: true } : {}),
    ...(input.autopilot === undefined ? {} : { autopilot: { ...AUTOPILOT_TIMES, ...input.autopilot } }),
    guards: input.guards,
    webhooks: webhooksOf(input.webhooks, where.folder),
    samples: {
      keys: input.samples.keys.map((key) =>
        typeof key === "string" ? key : { file: resolve(where.folder, key.file) },
      ),
      totalBytes: input.samples.total,
    },
    limits: {
      headersBytes: limits.headers,
      urlBytes: limits.url,
      bodyBytes: limits.body,
      connections: limits.connections,
      handshakes: limits.handshakes,
      streams: limits.streams,
      shadowMemoryBytes: limits.shadowMemory,
      bodyMemoryBytes: limits.bodyMemory,
      compressMemoryBytes: limits.compressMemory,
      cacheMemoryBytes: limits.cacheMemory,
      limitMemoryBytes: limits.limitMemory,
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
    policies: input.policies,
    plans: input.plans,
    upstreams: upstreamsOf(input, where.folder),
  };
}
