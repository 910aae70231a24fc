import { z } from "zod";
import { BELIEVED, forwardingField } from "../domain/forwarding-fields.ts";
import { STATE_LIKE, stateUrlProblem } from "../domain/state-url.ts";
import { isToken } from "../wire/grammar.ts";
import { accessLogSchema } from "./access-log-schema.ts";
import { autopilotSchema } from "./autopilot-schema.ts";
import { figGateSchema } from "./gate-schema.ts";
import { guardsSchema } from "./guards-schema.ts";
import { identitySchema } from "./identity-schema.ts";
import { choice, flag, leaf, numberLeaf, REFERENCE, textLeaf, Wrong } from "./leaf.ts";
import { listenSchema } from "./listen-schema.ts";
import { policiesSchema } from "./policies/index.ts";
import { plansSchema } from "./policies/limit.ts";
import { figSamplesSchema } from "./samples-schema.ts";
import { address, duration, idText, network, size, upstreamName, wait } from "./scalars.ts";
import { tracingSchema } from "./tracing-schema.ts";
import { upstreamSchema } from "./upstream-schema.ts";
import { webhooksSchema } from "./webhooks-schema.ts";

/** Where the truth is kept. A message never shows the URL: it may hold a password. */
function stateUrl() {
  return textLeaf("state URL", STATE_LIKE, (text) => {
    const problem = stateUrlProblem(text);
    return problem === undefined ? text : new Wrong(problem.wrong, problem.remedy);
  });
}

/** Ten guesses a minute from each address leave a word of a dictionary within reach. */
const MIN_TOKEN_CHARS = 16;

function adminToken() {
  const remedy = `write letters, digits and punctuation without spaces, best as \${FIG_ADMIN_TOKEN:-}`;
  return textLeaf("text", remedy, (text) => {
    if (!/^[\x21-\x7e]*$/.test(text))
      return new Wrong("the token has characters that a header cannot carry", remedy);
    // An empty one is none.
    if (text === "" || text.length >= MIN_TOKEN_CHARS) return text;
    return new Wrong(
      `the token has ${text.length} characters, and one so short can be guessed`,
      `write at least ${MIN_TOKEN_CHARS}, best of chance: openssl rand -hex 32`,
    );
  });
}

/** It stands in titles and in lines of a terminal. */
function environmentName() {
  const remedy = "write 1 to 40 letters, digits, spaces and . _ - such as production";
  return textLeaf("name", remedy, (text) =>
    /^(?! )[\p{L}\p{N} ._-]{1,40}(?<! )$/u.test(text)
      ? text
      : new Wrong("{value} is no name of an environment", remedy),
  );
}

function folder(what: string) {
  return textLeaf("path", `write the path of ${what}`, (text) =>
    text === "" || text.includes("\0")
      ? new Wrong("{value} is not a path", `write the path of ${what}`)
      : text,
  );
}

/** A field of the forwarding family that is not believed by itself. */
function forwardingName() {
  const remedy = "name one such as forwarded, x-real-ip or x-forwarded-prefix";
  return textLeaf("header name", remedy, (text) => {
    const name = text.toLowerCase();
    const field = isToken(text) ? forwardingField(name) : undefined;
    if (field === undefined) return new Wrong("{value} is no field of the forwarding family", remedy);
    return BELIEVED.has(field)
      ? new Wrong("{value} is always believed from trustedProxies", "leave it out")
      : name;
  });
}

/** More than that has no machine's cores, and each takes memory. */
const MAX_WORKERS = 256;

function workers() {
  return leaf(
    {
      title: "number of processes, or auto",
      anyOf: [{ enum: ["auto"] }, { type: "integer", minimum: 1, maximum: MAX_WORKERS }, REFERENCE],
    },
    (value, fromEnvironment) => {
      if (value === "auto") return value;
      const number =
        fromEnvironment && typeof value === "string" && /^\d{1,4}$/.test(value) ? Number(value) : value;
      return typeof number === "number" && Number.isInteger(number) && number >= 1 && number <= MAX_WORKERS
        ? number
        : new Wrong(
            "{value} is no number of processes",
            `write a whole number from 1 to ${MAX_WORKERS}, or auto`,
          );
    },
  );
}

/** fig.yaml without `routes` and `migrations`, which a program may give inline. */
const figShape = {
  listen: listenSchema,
  reusePort: flag()
    .prefault(false)
    .describe(
      "true: a second front door may listen on the same addresses while this one drains (SO_REUSEPORT). false: a second one is an error.",
    ),
  workers: workers()
    .prefault(1)
    .describe(
      "How many processes serve; `auto`: as many as there are cores for it. 1: this process alone. With more, one process has the addresses, the files, the state and `admin`, and starts the others.",
    ),
  admin: address()
    .prefault("127.0.0.1:9901")
    .describe(
      "Admin API, dashboard, /metrics, /livez and /readyz: host:port, or unix:PATH for the user of the front door alone. An address other than loopback needs `adminToken`.",
    ),
  state: stateUrl()
    .prefault("sqlite:.fig/state.db")
    .describe(
      "Where ledger and evidence are kept: `sqlite:PATH`, relative to this file, for one host; `redis://[user:password@]host:port/database` or `rediss://` (TLS) for a fleet, with `?prefix=`, `copy=`, `ca=`, `cert=`, `key=`, `servername=`; or `memory:`, which ends with the process.",
    ),
  requireState: flag()
    .prefault(false)
    .describe(
      "true: a front door with an empty store is not ready. For front doors that must never start from nothing.",
    ),
  default: upstreamName()
    .optional()
    .describe("The upstream for every request that no route matches. Left out: such a request gets 404."),
  debugHeaders: flag().prefault(false).describe("true adds x-fig-route and x-fig-side to answers."),
  accessLog: accessLogSchema.prefault({}).describe("The access log."),
  adminToken: adminToken()
    .optional()
    .describe(
      "The token that the admin API asks for, of at least 16 characters. It is required if `admin` is not loopback. Take it from the environment. /livez and /readyz never ask for it.",
    ),
  trustedProxies: z
    .array(network())
    .prefault([])
    .describe(
      "Networks whose X-Forwarded-For, -Proto, -Host and -Port are believed; `unix:` stands for whoever connects to a Unix socket. The client is the rightmost address outside them. From other senders the whole family is dropped: X-Forwarded-*, Forwarded, X-Real-IP, X-Original-* and X-Rewrite-URL.",
    ),
  trustedHeaders: z
    .array(forwardingName())
    .prefault([])
    .describe(
      "Further fields of that family that pass from `trustedProxies`: `forwarded`, `x-real-ip`, `x-forwarded-prefix` and the like. Any other is dropped from them too.",
    ),
  forwarded: choice(["x", "rfc7239", "both"])
    .prefault("x")
    .describe(
      "How upstreams are told who the client is: in X-Forwarded-For, -Proto and -Host, in Forwarded (RFC 7239), or in both.",
    ),
  underscoreHeaders: choice(["drop", "pass"])
    .prefault("drop")
    .describe(
      "What becomes of X_Forwarded_For and the like: spellings with underscores of fields that the front door writes or strips, and of those that a route's `headers` set or remove. `X_Fig_…` never passes. Many servers do not tell them from the fields with dashes.",
    ),
  ambiguousPaths: choice(["reject", "default"])
    .prefault("reject")
    .describe(
      "What happens to a path that another route would take in a lenient reading: it gets 400, or goes to the default upstream untouched.",
    ),
  lane: choice(["auto", "node"])
    .prefault("auto")
    .describe(
      "How HTTP comes in. `auto`: plain requests go through the fast lane (raw sockets), all others through node:http. `node`: all requests go through node:http, which knows fewer methods. A connection that was handed to node:http stays there. HTTP/2 comes in through node:http2 with either (`listen.http2`).",
    ),
  clientHalfClose: choice(["keep", "cancel"])
    .prefault("keep")
    .describe(
      "What it means that a client ends its side of the connection (FIN) behind a whole request. `keep`: it may still read, and is answered. `cancel`: it is gone, and requests behind the present one are dropped. An event stream ends either way, and so does the request of a client that resets the connection.",
    ),
  gate: figGateSchema
    .optional()
    .describe("What must hold before `fig shift` raises modern. Left out: a shift is not gated."),
  autopilot: autopilotSchema
    .optional()
    .describe(
      "When `fig autopilot` may apply steps: days, hours and waits of every step that does not say otherwise.",
    ),
  guards: guardsSchema
    .optional()
    .describe(
      "What is watched on every route while clients are on modern, and takes it back by itself; `true`: errors. A route's own `guards` replace parts of it by name. Left out: nothing is watched.",
    ),
  webhooks: webhooksSchema
    .prefault([])
    .describe("Who is told when a guard takes a route back. Tried again for some minutes; no client waits."),
  identity: identitySchema
    .optional()
    .describe("How sides are told who a client is, beside the fields of policies (`forward`)."),
  samples: figSamplesSchema
    .prefault({})
    .describe("Of the whole answers that routes keep (`compare.samples.bodies`)."),
  tracing: tracingSchema
    .optional()
    .describe(
      "Spans of requests, to an OTLP/HTTP receiver. Left out: nothing is traced, and traceparent passes as it came.",
    ),
  documents: z
    .record(idText("name of a document"), folder("an OpenAPI document"))
    .prefault({})
    .describe(
      "OpenAPI documents (3.0 and 3.1, YAML or JSON) by name, for `policies.validate`: paths, relative to this file. They are read again when they change.",
    ),
  policies: policiesSchema
    .prefault({})
    .describe(
      "What the front door does for every route besides. A route's own `policies` replace them by name.",
    ),
  plans: plansSchema
    .prefault({})
    .describe("What API keys of a plan may ask, by the plan's name: `fig keys add --plan gold`."),
  limits: z
    .strictObject({
      headers: size().prefault("16KiB").describe("Of a request's header section."),
      url: size().prefault("8KiB").describe("Of a request's target."),
      body: size().prefault(0).describe("Of a request's body."),
      connections: numberLeaf("count", { whole: true, min: 0 })
        .prefault(0)
        .describe("Client connections open at once."),
      handshakes: numberLeaf("count", { whole: true, min: 0 })
        .prefault(1024)
        .describe(
          "Connections at once that are in a TLS handshake, or before the end of a PROXY header, on one listener. At the bound the oldest of them is closed for a new one.",
        ),
      streams: numberLeaf("count", { whole: true, min: 1, max: 10_000 })
        .prefault(128)
        .describe(
          "Requests at once of one HTTP/2 connection, tunnels among them. A client is told, and waits. Never 0.",
        ),
      shadowMemory: size({ positive: true })
        .prefault("64MiB")
        .describe(
          "Bytes held for shadows in copies, queue and comparison. At the bound, shadows are shed. Never 0.",
        ),
      bodyMemory: size({ positive: true })
        .prefault("64MiB")
        .describe(
          "Bytes of request bodies that layers keep, as `fallback` does. A request beyond the bound does without. Never 0.",
        ),
      compressMemory: size({ positive: true })
        .prefault("64MiB")
        .describe(
          "Bytes of the state of answers that are being compressed: some 0.3 MiB each for gzip, 1 MiB for br, 1.25 MiB for zstd. At the bound an answer is sent as it is. Never 0.",
        ),
      cacheMemory: size({ positive: true })
        .prefault("64MiB")
        .describe(
          "Bytes of answers that `cache` keeps: keys, fields, bodies and what they cost besides. At the bound the one used longest ago gives way. Never 0.",
        ),
      limitMemory: size({ positive: true })
        .prefault("64MiB")
        .describe(
          "Bytes in which `policies.limit` remembers what keys have used. At the bound new keys are counted together. Never 0.",
        ),
    })
    .prefault({})
    .describe("Bounds on what clients send; 0 is no limit."),
  timeouts: z
    .strictObject({
      headers: wait()
        .prefault("10s")
        .describe(
          "Until a request's head is complete; before it also for TLS handshake and PROXY header together.",
        ),
      idle: wait().prefault("75s").describe("Between two requests of a kept-alive connection."),
      connect: wait().prefault("5s").describe("Until an upstream accepts a connection."),
      response: wait().prefault("60s").describe("Until the head of an upstream's answer."),
      bodyIdle: wait().prefault("60s").describe("Between two pieces of a body, either way."),
      upgradeIdle: wait().prefault("1h").describe("Silence on an upgraded connection or an event stream."),
      halfClosed: duration({ positive: true })
        .prefault("10s")
        .describe(
          "From a client's FIN until something of its answer is written; then the client is taken to be gone. Also silence in a tunnel of which one end has sent a FIN. Never 0.",
        ),
    })
    .prefault({})
    .describe("How long the front door waits."),
  drain: z
    .strictObject({
      delay: duration().prefault("0s").describe("From readiness off until no more connections are accepted."),
      deadline: duration().prefault("30s").describe("From then until requests still in flight are cut off."),
    })
    .prefault({})
    .describe("What happens on SIGTERM: readiness off, wait, stop accepting, finish."),
  upstreams: z
    .record(upstreamName(), upstreamSchema)
    .prefault({})
    .describe("The backends by name: a URL, or urls and options."),
  name: environmentName()
    .optional()
    .describe(
      "Which environment this is, such as `production`. The dashboard has it in its title and header, and `fig` says it with everything it changes. It changes nothing else.",
    ),
};

export const figSchema = z.strictObject(figShape);

const { listen, reusePort, workers: processes, admin, state, requireState, ...others } = figShape;

/** As a file holds it: with the names of the folders. */
export const figFileSchema = z.strictObject({
  extends: folder("another fig.yaml")
    .optional()
    .describe(
      "Another fig.yaml whose keys hold where this one says nothing, relative to this file: stages that share routes. A mapping goes into a mapping key by key, `~` takes a key away, anything else takes the place of what was there. Paths are relative to the file that says them; `routes` and `migrations` that nobody names are beside the file that extends no other.",
    ),
  vars: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(
      `Texts and numbers by name, which \`\${vars.name}\` stands for in this file, in those that it extends, in routes and in steps. A value may come from the environment, and not from another variable. Those of the file that is started with win.`,
    ),
  listen,
  reusePort,
  workers: processes,
  admin,
  state,
  requireState,
  routes: folder("a folder of *.yaml, or of one file")
    .prefault("routes")
    .describe("The routing table: a folder of *.yaml, or one file; relative to this file."),
  migrations: folder("a folder of NNNN-name.yaml")
    .prefault("migrations")
    .describe("The versioned steps: a folder of NNNN-name.yaml; relative to this file."),
  ...others,
});

export type FigInput = z.output<typeof figSchema>;
