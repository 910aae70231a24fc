import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createSecureContext } from "node:tls";
import type { FunctionSettings } from "../domain/aws.ts";
import { UPSTREAM_CONNECTIONS, type UpstreamDefinition } from "../domain/config.ts";
import type { UpstreamTls } from "../domain/upstream.ts";
import type { ConfigDocument, ProblemList } from "./document.ts";
import type { FigInput } from "./fig-schema.ts";

type Written = Exclude<FigInput["upstreams"][string], string>;
type Given = Extract<Written, { readonly urls: unknown }>;
type GivenFunctions = Extract<Written, { readonly lambda: unknown }>;

const isServer = (given: Written): given is Given => "urls" in given;

const urlOf = (given: Given["urls"][number]) => (typeof given === "string" ? given : given.url);

function tlsOf(given: Given["tls"], folder: string): UpstreamTls | undefined {
  if (given === undefined) return undefined;
  const at = (path: string | undefined) => (path === undefined ? undefined : resolve(folder, path));
  const { ca, cert, key, servername, verify } = given;
  return { ca: at(ca), cert: at(cert), key: at(key), servername, verify };
}

function upstreamOf(name: string, given: Given, folder: string, responseMs: number): UpstreamDefinition {
  const { host, timeout, balance, slowStart, health, ejection, retries, connections, protocol } = given;
  const weights = given.urls.map((url) => (typeof url === "string" ? 1 : url.weight));
  const { idle: idleMs, maxAge: maxAgeMs, refresh: refreshMs, max, queue } = connections;
  return {
    ...{ name, kind: "http", urls: given.urls.map(urlOf), host, timeoutMs: timeout ?? responseMs },
    ...(protocol === "http1" ? {} : { protocol, ownTimeout: timeout !== undefined }),
    ...{ weights, balance, slowStartMs: slowStart, tls: tlsOf(given.tls, folder) },
    connections: { idleMs, maxAgeMs, max, queue, refreshMs },
    ejection: { failures: ejection.failures, forMs: ejection.for, maxPercent: ejection.max },
    health:
      health === undefined
        ? undefined
        : {
            ...{ path: health.path, up: health.up, down: health.down },
            ...{ intervalMs: health.interval, timeoutMs: health.timeout },
          },
    retries:
      retries === undefined
        ? undefined
        : { attempts: retries.attempts, on: retries.on, budgetPercent: retries.budget },
  };
}

function functionsOf(name: string, given: GivenFunctions, responseMs: number): UpstreamDefinition {
  const { function: named, qualifier, payload, async, concurrency, binary, api, variables } = given.lambda;
  const { stream, region, endpoint, credentials, profile } = given.lambda;
  const settings = (one: (typeof named & object)[string]): FunctionSettings => {
    const own = typeof one === "string" ? { name: one, qualifier: undefined } : one;
    return {
      ...{ name: own.name, qualifier: own.qualifier ?? qualifier, region, endpoint },
      credentials: { from: credentials, profile },
    };
  };
  const all = typeof named === "string" ? { "*": named } : named;
  return {
    ...{ name, kind: "lambda", timeoutMs: given.timeout ?? responseMs },
    lambda: {
      functions: Object.fromEntries(Object.entries(all).map(([method, one]) => [method, settings(one)])),
      ...{ payload, async, concurrency, binary, names: api, variables },
      // Left out where it is not, so that routes keep the hashes that they had.
      ...(stream ? { stream } : {}),
    },
  };
}

/** `folder`: what files of certificates are relative to. */
export function upstreamsOf(
  { upstreams, timeouts }: FigInput,
  folder: string,
): ReadonlyMap<string, UpstreamDefinition> {
  const { response } = timeouts;
  return new Map(
    Object.entries(upstreams).map(([name, given]) => [
      name,
      typeof given !== "string"
        ? isServer(given)
          ? upstreamOf(name, given, folder, response)
          : functionsOf(name, given, response)
        : {
            ...{ name, kind: "http", urls: [given], host: "client", timeoutMs: response },
            connections: UPSTREAM_CONNECTIONS,
          },
    ]),
  );
}

/** OpenSSL's words without its numbers. */
const reasonOf = (error: unknown) => (error as { reason?: string }).reason ?? (error as Error).message;

/** Why the files of certificates cannot be used; the key that is to blame. */
function tlsProblem(tls: UpstreamTls): readonly [key: "ca" | "cert" | "key", what: string] | undefined {
  const texts: Partial<Record<"ca" | "cert" | "key", string>> = {};
  for (const key of ["ca", "cert", "key"] as const) {
    const path = tls[key];
    if (path === undefined) continue;
    try {
      texts[key] = readFileSync(path, "utf8");
    } catch (error) {
      return [key, `${path} cannot be read (${(error as NodeJS.ErrnoException).code})`];
    }
  }
  const { ca, cert, key } = texts;
  try {
    if (ca !== undefined) new X509Certificate(ca);
  } catch (error) {
    return ["ca", `${tls.ca} cannot be used (${reasonOf(error)})`];
  }
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    return ["cert", `${tls.cert} and ${tls.key} cannot be used (${reasonOf(error)})`];
  }
  return undefined;
}

function checkTls(name: string, given: Given, fig: ConfigDocument, problems: ProblemList, folder: string) {
  const tls = tlsOf(given.tls, folder);
  if (tls === undefined) return;
  const place = (...path: readonly string[]) => fig.place(["upstreams", name, "tls", ...path]);
  if (!given.urls.some((url) => urlOf(url).startsWith("https:"))) {
    const remedy = "write https:// into urls, or leave tls out";
    problems.add(place(), `upstreams.${name}: tls is for https:// URLs, and there is none`, remedy);
  }
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    const [here, missing] = tls.cert === undefined ? ["key", "cert"] : ["cert", "key"];
    problems.add(
      place(here),
      `upstreams.${name}.tls: there is no ${missing}`,
      `add it, or leave ${here} out`,
    );
    return;
  }
  const wrong = tlsProblem(tls);
  if (wrong !== undefined) {
    const [key, what] = wrong;
    problems.add(place(key), `upstreams.${name}.tls.${key}: ${what}`, "name a file in PEM form");
  }
}

function checkFunctions(name: string, given: GivenFunctions, fig: ConfigDocument, problems: ProblemList) {
  const { async, stream } = given.lambda;
  if (!async || !stream) return;
  problems.add(
    fig.place(["upstreams", name, "lambda", "stream"]),
    `upstreams.${name}.lambda: nobody waits for an answer of \`async\`, so there is none to \`stream\``,
    "keep one of the two",
  );
}

/** What must hold between the keys of an upstream. */
export function checkUpstreams(
  upstreams: Partial<FigInput>["upstreams"],
  fig: ConfigDocument,
  problems: ProblemList,
  folder: string,
): void {
  for (const [name, given] of Object.entries(upstreams ?? {})) {
    if (typeof given === "string") continue;
    if (!isServer(given)) {
      checkFunctions(name, given, fig, problems);
      continue;
    }
    const urls = given.urls.map(urlOf);
    for (const [index, url] of urls.entries()) {
      if (urls.indexOf(url) === index) continue;
      problems.add(
        fig.place(["upstreams", name, "urls", index]),
        `upstreams.${name}: ${url} appears twice`,
        "keep one",
      );
    }
    checkTls(name, given, fig, problems, folder);
  }
}
