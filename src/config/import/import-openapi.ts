import { FigError } from "../../domain/errors.ts";
import { indexOpenApi } from "../../domain/openapi/document.ts";
import { shadowSideOf } from "../../domain/shadow-eligibility.ts";
import type { ImportNote, ImportOptions, ImportResult } from "./contract.ts";
import { corsOf, isCorsMock } from "./cors.ts";
import { fitsUpstream, fittingPolicies } from "./fitting.ts";
import { fromResources } from "./get-resources.ts";
import { type Integration, integrationOf, type WantedUpstream } from "./integrations.ts";
import {
  type Operation,
  operationsOf,
  resolved,
  type Server,
  serversOf,
  withoutLastSlashes,
} from "./operations.ts";
import { type ReadPath, readPath } from "./paths.ts";
import { nameOf, type Plan, routesOf, withoutTies, yamlOf } from "./route-files.ts";
import { schemePolicies } from "./security.ts";
import { type Json, list, mapping, readWritten, text, type WrittenDocument } from "./written-document.ts";

const INTEGRATION = "x-amazon-apigateway-integration";

/** Extensions that are looked at, or that change nothing here. */
const KNOWN: ReadonlySet<string> = new Set(
  [
    "integration any-method auth authtype authorizer cors binary-media-types request-validator request-validators",
    "api-key-source documentation importexport-version tag-value throttling integrations",
  ].flatMap((words) => words.split(" ").map((word) => `x-amazon-apigateway-${word}`)),
);

/** What is said of extensions that no key of the files stands for. */
const SAID: Readonly<Record<string, string>> = {
  "x-amazon-apigateway-gateway-responses":
    "gateway responses: the front door's own errors are listed in docs/reference/errors.md",
  "x-amazon-apigateway-policy": "the resource policy: see policies.networks for addresses",
  "x-amazon-apigateway-endpoint-configuration": "the endpoint configuration",
  "x-amazon-apigateway-minimum-compression-size": "compression: see policies.compress",
  "x-amazon-apigateway-api-key-source": "API keys that an authorizer gives",
};

class Import {
  readonly notes: ImportNote[] = [];
  readonly upstreams = new Map<string, Json | string>();
  readonly vars: Record<string, string> = {};
  /** Names of upstreams by what they are, and the number that the next of a name may have. */
  private readonly names = new Map<string, string>();
  private readonly numbers = new Map<string, number>();
  private readonly document: WrittenDocument;
  private readonly options: ImportOptions;
  readonly isGateway: boolean;
  readonly servers: readonly Server[];
  private readonly validated: boolean;

  constructor(document: WrittenDocument, options: ImportOptions) {
    this.document = document;
    this.options = options;
    this.servers = serversOf(document);
    const operations = operationsOf(document);
    this.isGateway =
      options.gateway ||
      operations.some(({ value, method }) => method === null || value[INTEGRATION] !== undefined);
    this.validated = this.canValidate();
  }

  note(level: ImportNote["level"], path: readonly (string | number)[], message: string): void {
    this.notes.push({ level, place: this.document.place(path), message });
  }

  /** `policies.validate` takes 3.0 and 3.1. */
  private canValidate(): boolean {
    const { value } = this.document;
    if (value.swagger !== undefined) {
      this.note(
        "left",
        ["swagger"],
        "validation: policies.validate takes OpenAPI 3.0 and 3.1, and this is Swagger 2.0",
      );
      return false;
    }
    const index = indexOpenApi(value);
    if ("operations" in index) return true;
    const [first] = index;
    this.note(
      "left",
      ["openapi"],
      `validation: the document itself does not pass: ${first?.at ?? ""}: ${first?.message ?? ""}`,
    );
    return false;
  }

  get base(): string {
    const given = this.options.basePath;
    if (given !== undefined) return withoutLastSlashes(given);
    return this.isGateway ? "" : (this.servers[0]?.base ?? "");
  }

  /** Takes an upstream in, under a name that no other one has. */
  private named({ name: wanted, value }: WantedUpstream): string {
    const name = wanted === "" ? "upstream" : wanted;
    const content = `${name} ${JSON.stringify(value)}`;
    const known = this.names.get(content);
    if (known !== undefined) return known;
    for (let i = this.numbers.get(name) ?? 1; ; i++) {
      const free = i === 1 ? name : `${name}-${i}`;
      if (this.upstreams.has(free)) continue;
      this.numbers.set(name, i + 1);
      this.names.set(content, free);
      this.upstreams.set(free, value);
      return free;
    }
  }

  /** The upstream that stands for the document's servers. */
  private api(): string {
    const origins = [...new Set(this.servers.map(({ origin }) => origin).filter((origin) => origin !== ""))];
    const gateway = origins.find((origin) => /execute-api|\.amazonaws\.com$/.test(origin));
    const [first] = origins;
    if (this.upstreams.has("api")) return "api";
    if (first === undefined)
      this.note("changed", ["servers"], "no server is named: write the URL of upstream api");
    else if (gateway !== undefined)
      this.note("changed", ["servers"], `upstream api is API Gateway itself, ${first}`);
    if (origins.length > 1) this.note("left", ["servers"], `further servers: ${origins.slice(1).join(", ")}`);
    this.upstreams.set(
      "api",
      first === undefined ? "http://127.0.0.1:3000" : { urls: [first], host: "upstream" },
    );
    return "api";
  }

  private readonly variable = (written: string): string =>
    written.replaceAll(/\$\{stageVariables\.([\w-]+)\}/g, (_, name: string) => {
      const given = this.options.variables[name];
      if (given === undefined && this.vars[name] === undefined)
        this.note(
          "changed",
          [],
          `stage variable ${name} has no value in the document: write it under vars in fig.yaml`,
        );
      this.vars[name] = given ?? this.vars[name] ?? name;
      return `\${vars.${name}}`;
    });

  private integration(operation: Operation, path: ReadPath): Integration {
    const { value } = this.document;
    const own = resolved(value, operation.value[INTEGRATION]);
    const rest = /\{([^{}]+)\+\}$/.exec(operation.path)?.[1];
    const isHttpApi = value.openapi !== undefined && text(own.payloadFormatVersion) !== undefined;
    return integrationOf(own, {
      ...{ captures: path.captures, rest, variable: this.variable },
      binary: list(value["x-amazon-apigateway-binary-media-types"]).map(String),
      payload: isHttpApi ? "2.0" : "1.0",
    });
  }

  private security(operation: Operation): Json {
    if (!this.isGateway) return {};
    const { value } = this.document;
    const schemes = mapping(mapping(value.components).securitySchemes ?? value.securityDefinitions);
    const asked = list(operation.value.security ?? value.security);
    let policies: Json = {};
    for (const [name, scopes] of asked.flatMap((one) => Object.entries(mapping(one)))) {
      const scheme = resolved(value, schemes[name]);
      const found = schemePolicies(scheme, list(scopes).map(String), (uri) =>
        integrationOf(
          { type: "aws_proxy", uri },
          { captures: new Map(), rest: undefined, variable: this.variable, binary: [], payload: "1.0" },
        ),
      );
      for (const what of found.left) this.note("left", operation.at, `${nameOf(operation)}: ${what}`);
      policies = { ...policies, ...found.policies };
    }
    const auth = text(mapping(operation.value["x-amazon-apigateway-auth"]).type);
    if (auth !== undefined && auth.toUpperCase() === "AWS_IAM")
      this.note("left", operation.at, `${nameOf(operation)}: IAM authorization (SigV4)`);
    return policies;
  }

  private validation(operation: Operation): Json {
    const { value } = this.document;
    const openapi = "api";
    const lenient = { openapi, requests: "report", unknown: "pass" };
    if (!this.validated || operation.method === null) return {};
    if (!this.isGateway) return { validate: lenient };
    const named = text(
      operation.value["x-amazon-apigateway-request-validator"] ??
        value["x-amazon-apigateway-request-validator"],
    );
    if (named === undefined) return {};
    const validator = mapping(mapping(value["x-amazon-apigateway-request-validators"])[named]);
    const [body, parameters] = [
      validator.validateRequestBody === true,
      validator.validateRequestParameters === true,
    ];
    if (!body && !parameters) return {};
    if (body !== parameters)
      this.note("changed", operation.at, `${nameOf(operation)}: body and parameters are both validated here`);
    return { validate: { openapi, unknown: "pass" } };
  }

  private throttling(operation: Operation): Json {
    const own = mapping(
      operation.value["x-amazon-apigateway-throttling"] ??
        this.document.value["x-amazon-apigateway-throttling"],
    );
    const rate = Number(own.rateLimit ?? own.throttlingRateLimit);
    const burst = Number(own.burstLimit ?? own.throttlingBurstLimit);
    if (!(rate > 0)) return {};
    return { limit: { rate: `${rate}/s`, ...(Number.isInteger(burst) && burst > 0 ? { burst } : {}) } };
  }

  /** What becomes of an operation; undefined: no route can be made of it. */
  plan(operation: Operation, cors: Json | undefined): Plan | undefined {
    const at = operation.path === "$default" ? "/{proxy+}" : operation.path;
    const path = readPath(`${this.base}${at}`);
    if (path.wrong !== undefined) {
      this.note("left", operation.at, `${nameOf(operation)}: ${path.wrong}`);
      return undefined;
    }
    if (path.changed !== undefined)
      this.note("changed", operation.at, `${nameOf(operation)}: ${path.changed}`);
    const policies = this.fitting(operation, {
      ...(cors === undefined ? {} : { cors }),
      ...this.security(operation),
      ...this.throttling(operation),
      ...this.validation(operation),
    });
    const server = () => ({ upstream: this.api(), path: undefined });
    if (operation.value[INTEGRATION] === undefined) {
      if (this.isGateway)
        this.note(
          "changed",
          operation.at,
          `${nameOf(operation)}: no integration is named, so upstream api is asked`,
        );
      return { operation, path, side: server(), policies };
    }
    const { upstream, path: asked, respond, left, changed } = this.integration(operation, path);
    for (const what of left) this.note("left", operation.at, `${nameOf(operation)}: ${what}`);
    for (const what of changed) this.note("changed", operation.at, `${nameOf(operation)}: ${what}`);
    if (respond !== undefined) {
      const said = this.fitting(operation, { respond });
      if (said.respond !== undefined)
        return { operation, path, side: server(), policies: { ...policies, ...said } };
    }
    const fits = upstream !== undefined && fitsUpstream(upstream.value, this.vars);
    if (upstream !== undefined && !fits)
      this.note(
        "left",
        operation.at,
        `${nameOf(operation)}: what it asks for is no upstream that fig.yaml takes`,
      );
    const captures = [...(asked ?? "").matchAll(/\{([^{}]*)\}/g)].map(([, name = ""]) => name);
    const known = new Set(path.captures.values());
    if (upstream === undefined || !fits || captures.some((name) => !known.has(name))) {
      this.note("left", operation.at, `${nameOf(operation)}: no route was made of it`);
      return undefined;
    }
    const own = path.path.replaceAll("+}", "}");
    return {
      operation,
      path,
      side: { upstream: this.named(upstream), path: asked === own ? undefined : asked },
      policies,
    };
  }

  /** What the files take of policies; the rest is noted. */
  private fitting(operation: Operation, policies: Json): Json {
    const found = fittingPolicies(policies, this.vars);
    for (const name of found.left)
      this.note(
        "left",
        operation.at,
        `${nameOf(operation)}: policies.${name} cannot say all that the document does`,
      );
    return found.policies;
  }

  extensions(): void {
    for (const key of Object.keys(this.document.value))
      if (key.startsWith("x-amazon-apigateway-") && (!KNOWN.has(key) || SAID[key] !== undefined))
        this.note("left", [key], SAID[key] ?? key);
    for (const operation of operationsOf(this.document))
      for (const key of Object.keys(operation.value))
        if (key.startsWith("x-amazon-apigateway-") && !KNOWN.has(key))
          this.note("left", [...operation.at, key], `${nameOf(operation)}: ${key}`);
  }
}

/** Makes files of an OpenAPI document, or of an export of API Gateway. Throws `invalid_document`. */
export function importOpenApi(file: string, source: string, options: ImportOptions): ImportResult {
  const given = readWritten(file, source);
  const document = Array.isArray(given.value.items) ? fromResources(given) : given;
  const { value } = document;
  const version = text(value.openapi) ?? text(value.swagger) ?? String(value.swagger ?? value.openapi ?? "");
  if (!/^(?:3\.[01]\.|3\.[01]$|2\.0$|2$)/.test(version))
    throw new FigError(
      "invalid_document",
      `${document.place([])}: this is no OpenAPI 3.0 or 3.1, and no Swagger 2.0`,
      {
        remedy: `its first keys name ${version === "" ? "no version" : `version ${version}`}: convert it, or export it anew`,
      },
    );
  const work = new Import(document, options);
  const operations = operationsOf(document);
  if (operations.length === 0)
    throw new FigError("invalid_document", `${document.place(["paths"])}: there is no path with a method`, {
      remedy: "give a document that describes operations",
    });
  const shared = mapping(value["x-amazon-apigateway-cors"]);
  const byPath = Map.groupBy(operations, ({ path }) => path);
  const all = [...byPath.values()].flatMap((those) => {
    const preflight = those.find((operation) => isCorsMock(operation, value));
    const cors =
      preflight !== undefined
        ? corsOf(resolved(value, preflight.value[INTEGRATION]), (what) =>
            work.note("left", preflight.at, what),
          )
        : Object.keys(shared).length > 0
          ? corsOf({ shared }, (what) => work.note("left", ["x-amazon-apigateway-cors"], what))
          : undefined;
    const others = those.filter(
      (operation) => operation !== preflight || those.length === 1 || cors === undefined,
    );
    return others.flatMap((operation) => work.plan(operation, cors) ?? []);
  });
  const plans = withoutTies(all, (plan, earlier) =>
    work.note(
      "left",
      plan.operation.at,
      `${nameOf(plan.operation)}: no route was made of it, since ${nameOf(earlier.operation)} takes the same requests`,
    ),
  );
  work.extensions();
  const other = options.other === undefined ? undefined : shadowSideOf(options.as);
  if (other !== undefined && options.other !== undefined) work.upstreams.set(other, options.other);
  const made = routesOf(plans, options, ({ operation }) => document.place(operation.at), other);
  for (const { route } of made)
    work.notes.push({
      level: "imported",
      place: route.place,
      message: `${route.methods?.join(", ") ?? "ANY"} ${route.path} as route ${route.id}`,
    });
  const title = text(mapping(value.info).title) ?? "api";
  const usesDocument = plans.some(({ policies }) => policies.validate !== undefined);
  const keys = {
    ...(Object.keys(work.vars).length === 0 ? {} : { vars: work.vars }),
    ...(usesDocument ? { documents: { api: options.documentPath } } : {}),
    upstreams: Object.fromEntries(work.upstreams),
  };
  const fallback = options.as === "legacy" ? (work.upstreams.has("api") ? "api" : undefined) : other;
  const slug =
    title
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "") || "api";
  const head = `# Made of ${file.split("/").at(-1)} by fig import. Check it with \`fig check\`.\n`;
  return {
    title,
    routes: made.map(({ route }) => route),
    upstreams: [...work.upstreams.keys()],
    routesFile: {
      path: `routes/${slug.slice(0, 60)}.yaml`,
      text: `${head}${yamlOf({ routes: made.map(({ written }) => written) })}`,
    },
    fig: `${head}${yamlOf({
      ...{ listen: "127.0.0.1:8080", admin: "127.0.0.1:9901", state: "sqlite:.fig/state.db" },
      ...(fallback === undefined ? {} : { default: fallback }),
      ...keys,
    })}`,
    additions: yamlOf(keys),
    notes: work.notes,
  };
}
