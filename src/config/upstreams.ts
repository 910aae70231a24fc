import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createSecureContext } from "node:tls";
import type { FunctionSettings } from "../domain/aws.ts";
import { UPSTREAM_CONNECTIONS, type UpstreamDefinition } from "../domain/config.ts";
import { regionOfQueue } from "../domain/message-target.ts";
import type { UpstreamTls } from "../domain/upstream.ts";
import type { ConfigDocument, ProblemList } from "./document.ts";
import type { FigInput } from "./fig-schema.ts";

type Written = Exclude<FigInput["upstreams"][string], string>;
type Given = Extract<Written, { readonly urls: unknown }>;
type GivenFunctions = Extract<Written, { readonly lambda: unknown }>;
type GivenBucket = Extract<Written, { readonly s3: unknown }>;
type GivenStream = Extract<Written, { readonly kinesis: unknown }>;
type GivenQueue = Extract<Written, { readonly sqs: unknown }>;

const isServer = (given: Written): given is Given => "urls" in given;

const urlOf = (given: Given["urls"][number]) => (typeof given === "string" ? given : given.url);

function tlsOf(given: Given["tls"], folder: string): UpstreamTls | undefined {
  if (given === undefined) return undefined;
  const at = (path: string | undefined) => (path === undefined ? undefined : resolve(folder, path));
  const { ca, cert, key, servername, verify } = given;
  return { ca: at(ca), cert: at(cert), key: at(key), servername, verify };
}

function connectionsOf({
  idle: idleMs,
  maxAge: maxAgeMs,
  refresh: refreshMs,
  max,
  queue,
}: Given["connections"]) {
  return { idleMs, maxAgeMs, max, queue, refreshMs };
}

function retriesOf(given: Given["retries"]) {
  return given && { attempts: given.attempts, on: given.on, budgetPercent: given.budget };
}

function upstreamOf(name: string, given: Given, folder: string, responseMs: number): UpstreamDefinition {
  const { host, timeout, balance, slowStart, health, ejection, retries, connections, protocol } = given;
  const weights = given.urls.map((url) => (typeof url === "string" ? 1 : url.weight));
  return {
    ...{ name, kind: "http", urls: given.urls.map(urlOf), host, timeoutMs: timeout ?? responseMs },
    ...(protocol === "http1" ? {} : { protocol, ownTimeout: timeout !== undefined }),
    ...{ weights, balance, slowStartMs: slowStart, tls: tlsOf(given.tls, folder) },
    connections: connectionsOf(connections),
    ejection: { failures: ejection.failures, forMs: ejection.for, maxPercent: ejection.max },
    health:
      health === undefined
        ? undefined
        : {
            ...{ path: health.path, up: health.up, down: health.down },
            ...{ intervalMs: health.interval, timeoutMs: health.timeout },
          },
    retries: retriesOf(retries),
  };
}

/** Where something of AWS's is, without the keys that are its own. */
function placeOf({
  region,
  endpoint,
  fips,
  credentials,
  profile,
}: GivenBucket["s3"] | GivenStream["kinesis"] | GivenQueue["sqs"]) {
  return { region, endpoint, fips, credentials: { from: credentials, profile } };
}

function bucketOf(name: string, given: GivenBucket, folder: string, responseMs: number): UpstreamDefinition {
  const { bucket, prefix, index, list, write, pathStyle } = given.s3;
  return {
    ...{ name, kind: "s3", timeoutMs: given.timeout ?? responseMs },
    s3: {
      bucket,
      prefix,
      index: index === false ? undefined : index,
      list,
      write,
      pathStyle,
      ...placeOf(given.s3),
    },
    ...{ connections: connectionsOf(given.connections), retries: retriesOf(given.retries) },
    tls: tlsOf(given.tls, folder),
  };
}

function batchOf({ count, bytes, delay }: GivenStream["kinesis"]["batch"]) {
  return { count, bytes, delayMs: delay };
}

/** Left out where nothing is said, so that routes keep the hashes that they had. */
function contentOf({ body, json }: GivenStream["kinesis"] | GivenQueue["sqs"]) {
  if (json !== undefined) return { content: { json } };
  return body === undefined ? {} : { content: { text: body } };
}

function streamOf(name: string, given: GivenStream, responseMs: number): UpstreamDefinition {
  const { stream, partitionKey, explicitHashKey, wait, batch, concurrency } = given.kinesis;
  return {
    ...{ name, kind: "messages", timeoutMs: given.timeout ?? responseMs },
    messages: {
      ...{ service: "kinesis", stream, wait, batch: batchOf(batch), concurrency },
      templates: { partitionKey, ...(explicitHashKey === undefined ? {} : { explicitHashKey }) },
      ...contentOf(given.kinesis),
      ...placeOf(given.kinesis),
    },
  };
}

function queueOf(name: string, given: GivenQueue, responseMs: number): UpstreamDefinition {
  const { queue, group, deduplication, delay, attributes, base64, wait, batch, concurrency } = given.sqs;
  const place = placeOf(given.sqs);
  return {
    ...{ name, kind: "messages", timeoutMs: given.timeout ?? responseMs },
    messages: {
      ...{ service: "sqs", queue, base64, wait, batch: batchOf(batch), concurrency },
      templates: {
        ...(group === undefined ? {} : { group }),
        ...(deduplication === undefined ? {} : { deduplication }),
      },
      ...contentOf(given.sqs),
      ...(attributes === undefined ? {} : { attributes }),
      ...(delay === undefined ? {} : { delaySeconds: delay / 1000 }),
      ...place,
      region: place.region ?? regionOfQueue(queue),
      endpoint: place.endpoint ?? new URL(queue).origin,
    },
  };
}

function functionsOf(name: string, given: GivenFunctions, responseMs: number): UpstreamDefinition {
  const { function: named, qualifier, payload, async, concurrency, binary, api, variables } = given.lambda;
  const { stream, region, endpoint, fips, credentials, profile } = given.lambda;
  const settings = (one: (typeof named & object)[string]): FunctionSettings => {
    const own = typeof one === "string" ? { name: one, qualifier: undefined } : one;
    return {
      ...{ name: own.name, qualifier: own.qualifier ?? qualifier, region, endpoint },
      ...(fips === undefined ? {} : { fips }),
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

function definitionOf(name: string, given: Written, folder: string, responseMs: number): UpstreamDefinition {
  if (isServer(given)) return upstreamOf(name, given, folder, responseMs);
  if ("s3" in given) return bucketOf(name, given, folder, responseMs);
  if ("kinesis" in given) return streamOf(name, given, responseMs);
  if ("sqs" in given) return queueOf(name, given, responseMs);
  return functionsOf(name, given, responseMs);
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
        ? definitionOf(name, given, folder, response)
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

function checkTls(
  name: string,
  given: Pick<Given, "tls">,
  secure: boolean,
  fig: ConfigDocument,
  problems: ProblemList,
  folder: string,
) {
  const tls = tlsOf(given.tls, folder);
  if (tls === undefined) return;
  const place = (...path: readonly string[]) => fig.place(["upstreams", name, "tls", ...path]);
  if (!secure) {
    const remedy = `write https:// into ${"urls" in given ? "urls" : "its endpoint"}, or leave tls out`;
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

/** A message has one body. */
function checkContent(
  name: string,
  kind: "kinesis" | "sqs",
  { body, json }: GivenStream["kinesis"] | GivenQueue["sqs"],
  fig: ConfigDocument,
  problems: ProblemList,
) {
  if (body === undefined || json === undefined) return;
  problems.add(
    fig.place(["upstreams", name, kind, "body"]),
    `upstreams.${name}.${kind}: there is a json too`,
    "leave one of them out",
  );
}

/** What a FIFO queue needs, and no other has. */
function checkQueue(name: string, { sqs }: GivenQueue, fig: ConfigDocument, problems: ProblemList) {
  const fifo = sqs.queue.endsWith(".fifo");
  const place = (key: string) => fig.place(["upstreams", name, "sqs", key]);
  if (fifo && sqs.group === undefined)
    problems.add(
      place("queue"),
      `upstreams.${name}.sqs: a FIFO queue needs a group`,
      "add group, like $client",
    );
  if (sqs.delay !== undefined && (fifo || sqs.delay % 1000 !== 0))
    problems.add(
      place("delay"),
      `upstreams.${name}.sqs.delay: ${fifo ? "a FIFO queue delays all of its messages alike" : "queues count whole seconds"}`,
      fifo ? "leave it out, and set the queue's DelaySeconds" : "write it like 5s",
    );
  if (!fifo && sqs.deduplication !== undefined)
    problems.add(
      place("deduplication"),
      `upstreams.${name}.sqs: deduplication is for FIFO queues, whose names end in .fifo`,
      "leave it out",
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
    if ("lambda" in given) checkFunctions(name, given, fig, problems);
    if ("sqs" in given) checkQueue(name, given, fig, problems);
    if ("sqs" in given) checkContent(name, "sqs", given.sqs, fig, problems);
    if ("kinesis" in given) checkContent(name, "kinesis", given.kinesis, fig, problems);
    if ("s3" in given)
      checkTls(name, given, given.s3.endpoint?.startsWith("http:") !== true, fig, problems, folder);
    if (!isServer(given)) continue;
    const urls = given.urls.map(urlOf);
    for (const [index, url] of urls.entries()) {
      if (urls.indexOf(url) === index) continue;
      problems.add(
        fig.place(["upstreams", name, "urls", index]),
        `upstreams.${name}: ${url} appears twice`,
        "keep one",
      );
    }
    checkTls(
      name,
      given,
      urls.some((url) => url.startsWith("https:")),
      fig,
      problems,
      folder,
    );
  }
}
