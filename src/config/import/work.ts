import { indexOpenApi } from "../../domain/openapi/document.ts";
import type { ImportNote, ImportOptions } from "./contract.ts";
import { fitsUpstream, fittingPolicies } from "./fitting.ts";
import { type Integration, integrationOf, uriOf, type WantedUpstream } from "./integrations.ts";
import { type Operation, resolved, type Server, serversOf, withoutLastSlashes } from "./operations.ts";
import { type ReadPath, readPath } from "./paths.ts";
import { nameOf, type Plan } from "./route-files.ts";
import { schemePolicies } from "./security.ts";
import { type Json, list, mapping, text, type WrittenDocument } from "./written-document.ts";

const INTEGRATION = "x-amazon-apigateway-integration";

/** What becomes of a document's operations, and what is said of it. */
export class Work {
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
  private readonly noted = new Set<string>();
  private validates: boolean | undefined;

  constructor(document: WrittenDocument, operations: readonly Operation[], options: ImportOptions) {
    this.document = document;
    this.options = options;
    this.servers = serversOf(document);
    this.isGateway =
      options.gateway ||
      operations.some(({ value, method }) => method === null || value[INTEGRATION] !== undefined);
  }

  note(level: ImportNote["level"], path: readonly (string | number)[], message: string): void {
    const place = this.document.place(path);
    const content = `${level} ${place} ${message}`;
    if (this.noted.has(content)) return;
    this.noted.add(content);
    this.notes.push({ level, place, message });
  }

  /** `policies.validate` takes 3.0 and 3.1. Whether anybody asked for it. */
  private canValidate(): boolean {
    this.validates ??= this.findValidates();
    return this.validates;
  }

  private findValidates(): boolean {
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
    const [first, ...more] = index;
    const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
    this.note(
      "left",
      ["openapi"],
      `validation: the document itself does not pass: ${first?.at ?? ""}: ${first?.message ?? ""}${others}`,
    );
    return false;
  }

  /** What stands before an operation's path. */
  private base({ servers }: Operation): string {
    const given = this.options.basePath;
    if (given !== undefined) return withoutLastSlashes(given);
    return this.isGateway ? "" : ((servers ?? this.servers)[0]?.base ?? "");
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

  /** Names what of servers is not in the files. */
  private nameServers(servers: readonly Server[], at: readonly (string | number)[]): void {
    const [first, ...further] = servers;
    if (first === undefined || this.isGateway) return;
    const said = [...first.variables].map(([name, value]) => `${name} is ${value === "" ? "empty" : value}`);
    if (said.length > 0) this.note("changed", at, `variables of the server: ${said.join(", ")}`);
    const url = ({ origin, base }: Server) => `${origin}${base}` || "/";
    const others = [...new Set(further.map(url))].filter((one) => one !== url(first));
    if (others.length > 0) this.note("left", at, `further servers: ${others.join(", ")}`);
  }

  /** The upstream of a server that an operation, or a path, has for itself. */
  private ownServer({ servers = [], at }: Operation): string | undefined {
    const [first] = servers;
    if (first === undefined || this.isGateway) return undefined;
    this.nameServers(servers, [...at, "servers"]);
    const api = this.servers.find(({ origin }) => origin !== "")?.origin;
    if (first.origin === "" || first.origin === api) return undefined;
    const name = new URL(first.origin).host.replaceAll(/[^A-Za-z0-9]+/g, "-").slice(0, 60);
    return this.named({ name, value: { urls: [first.origin], host: "upstream" } });
  }

  /** The upstream that stands for the document's servers. */
  private api(): string {
    const origins = [...new Set(this.servers.map(({ origin }) => origin).filter((origin) => origin !== ""))];
    const gateway = origins.find((origin) => /execute-api|\.amazonaws\.com$/.test(origin));
    const [first] = origins;
    if (this.upstreams.has("api")) return "api";
    this.nameServers(this.servers, ["servers"]);
    if (first === undefined)
      this.note("changed", ["servers"], "no server is named: write the URL of upstream api");
    else if (gateway !== undefined)
      this.note("changed", ["servers"], `upstream api is API Gateway itself, ${first}`);
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
    const given = resolved(value, operation.value[INTEGRATION]);
    // The default route takes the root too, where its {proxy} is empty.
    const bare = operation.path === "$default" && path.captures.size === 0;
    const own = bare ? { ...given, uri: uriOf(given.uri)?.replaceAll("{proxy}", "") } : given;
    const rest = /\{([^{}]+)\+\}$/.exec(operation.path)?.[1];
    const isHttpApi = value.openapi !== undefined && text(own.payloadFormatVersion) !== undefined;
    return integrationOf(own, {
      ...{ captures: path.captures, rest, variable: this.variable },
      binary: list(value["x-amazon-apigateway-binary-media-types"]).map(String),
      payload: isHttpApi ? "2.0" : "1.0",
      method: operation.method,
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
          {
            ...{ captures: new Map(), rest: undefined, variable: this.variable, binary: [] },
            ...{ payload: "1.0", method: undefined },
          },
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
    if (operation.method === null) return {};
    if (!this.isGateway) return this.canValidate() ? { validate: lenient } : {};
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
    if ((!body && !parameters) || !this.canValidate()) return {};
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

  /** What becomes of an operation at a path; undefined: no route can be made of it. */
  plan(operation: Operation, at: string, cors: Json | undefined): Plan | undefined {
    const path = readPath(`${this.base(operation)}${at}`, operation.spanning);
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
    this.nameOpen(operation, policies);
    const server = () => ({ upstream: this.ownServer(operation) ?? this.api(), path: undefined });
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

  /** Says of an operation that somebody had to be let in to that nobody has to be any more. */
  private nameOpen(operation: Operation, policies: Json): void {
    const iam = text(mapping(operation.value["x-amazon-apigateway-auth"]).type)?.toUpperCase() === "AWS_IAM";
    const asked = iam || list(operation.value.security ?? this.document.value.security).length > 0;
    const known = [policies.jwt, policies.authorizer, policies.apiKeys].some((one) => one !== undefined);
    if (this.isGateway && asked && !known)
      this.note(
        "left",
        operation.at,
        `${nameOf(operation)}: so anybody may ask here, until a policy says who`,
      );
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
}
