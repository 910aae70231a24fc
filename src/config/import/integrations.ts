import { upstreamSchema } from "../upstream-schema.ts";
import { type Json, list, mapping, text } from "./written-document.ts";

/** An upstream that an integration asks for, by a name of its own. */
export interface WantedUpstream {
  readonly name: string;
  readonly value: Json | string;
}

/** How an operation is answered. */
export interface Integration {
  /** Undefined: by the front door itself. */
  readonly upstream: WantedUpstream | undefined;
  /** Template of the path that it is asked for; undefined: that of the request. */
  readonly path: string | undefined;
  readonly respond: Json | undefined;
  /** What it does that is not here. */
  readonly left: readonly string[];
  readonly changed: readonly string[];
}

interface Around {
  readonly captures: ReadonlyMap<string, string>;
  /** `{proxy+}` in the request's path, by the document's name. */
  readonly rest: string | undefined;
  /** Gives the text with `${stageVariables.x}` as `${vars.x}`. */
  readonly variable: (text: string) => string;
  readonly binary: readonly string[];
  readonly payload: "1.0" | "2.0";
}

function failed(...left: readonly string[]): Integration {
  return { upstream: undefined, path: undefined, respond: undefined, left, changed: [] };
}

/** A text, or CloudFormation's `Fn::Sub` of one. */
function uriOf(value: unknown): string | undefined {
  const sub = mapping(value)["Fn::Sub"];
  return text(value) ?? text(sub) ?? text(list(sub)[0]);
}

const word = (name: string) =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");

function lambdaOf(uri: string, { binary, payload }: Around, timeout: number | undefined): Integration {
  const found =
    /lambda:path\/[\d-]+\/functions\/(?<arn>.+?)\/(?:invocations|response-streaming-invocations)$/.exec(uri)
      ?.groups?.arn ??
    /^(?<arn>arn:[\w-]+:lambda:.+)$/.exec(uri)?.groups?.arn ??
    /(?<arn>\$\{[\w.]+\})/.exec(uri)?.groups?.arn;
  if (found === undefined) return failed(`the function of ${uri} cannot be told`);
  const byName = /^\$\{([A-Za-z0-9_]+)(?:\.(?:Arn|Alias))?\}$/.exec(found);
  const arn = /^(arn:[^:]+:lambda:([^:]*):[^:]*:function:[^:]+)(?::(.+))?$/.exec(found);
  const region = arn?.[2];
  const name = byName?.[1] !== undefined && byName[1] !== "vars" ? byName[1] : (arn?.[1] ?? found);
  const known = /^[a-z-]+\d$/.test(region ?? "");
  const plain = !/\$\{(?!vars\.)/.test(name) ? name : (/function:([^:]+)$/.exec(name)?.[1] ?? name);
  if (/\$\{(?!vars\.)/.test(plain)) return failed(`the function of ${uri} cannot be told`);
  const short = /function:(.+)$/.exec(plain)?.[1] ?? plain;
  const value = {
    ...(timeout === undefined ? {} : { timeout: `${timeout}ms` }),
    lambda: {
      function: plain,
      ...(arn?.[3] === undefined ? {} : { qualifier: arn[3] }),
      payload,
      ...(known ? { region } : {}),
      ...(binary.length === 0 ? {} : { binary }),
    },
  };
  const changed = [
    ...(byName === null ? [] : [`the function is called ${name} here: write its real name`]),
    ...(uri.includes("response-streaming") ? ["answers that stream are whole here"] : []),
  ];
  return {
    upstream: { name: word(short) || "function", value },
    path: undefined,
    respond: undefined,
    left: [],
    changed,
  };
}

/** `/v2/{a}` with what the request's parameters are called here. */
function sidePath(
  path: string,
  parameters: Json,
  around: Around,
): { readonly path: string; readonly left: readonly string[] } {
  const left: string[] = [];
  const filled = path.replaceAll(/\{([^{}]+)\}/g, (whole, written: string) => {
    const name = written.replace(/\+$/, "");
    const from = text(parameters[`integration.request.path.${name}`]) ?? text(parameters[`overwrite:path`]);
    const source = /^(?:method\.request\.path\.|\$request\.path\.)(.+)$/.exec(from ?? "")?.[1] ?? name;
    const capture = around.captures.get(source);
    if (capture === undefined)
      left.push(`{${name}} of the backend's path is ${from ?? "nothing that the path has"}`);
    // A side inserts all that a rest has captured.
    return capture === undefined ? whole : `{${capture}}`;
  });
  return { path: filled, left };
}

function httpOf(uri: string, value: Json, around: Around, timeout: number | undefined): Integration {
  const match = /^(https?:\/\/[^/?]+)([^?]*)(\?.*)?$/.exec(uri);
  if (match === null) return failed(`${uri} is no http URL`);
  const [, origin = "", path = "", query] = match;
  const parameters = mapping(value.requestParameters);
  const side = sidePath(path === "" ? "/" : path, parameters, around);
  const mapped = Object.entries(parameters).filter(([to]) => !to.startsWith("integration.request.path."));
  const left = [
    ...side.left,
    ...(query === undefined ? [] : [`the query ${query} of the backend's URL`]),
    ...mapped.map(([to, from]) => `the mapping of ${String(from)} to ${to}`),
  ];
  const name = word(
    around
      .variable(origin)
      .replace(/^https?:\/\//, "")
      .replaceAll(/\$\{vars\.([\w-]+)\}/g, "$1"),
  );
  const upstream =
    timeout === undefined
      ? { urls: [origin], host: "upstream" }
      : { urls: [origin], host: "upstream", timeout: `${timeout}ms` };
  return { upstream: { name, value: upstream }, path: side.path, respond: undefined, left, changed: [] };
}

/** S3, Kinesis and SQS asked by themselves, as upstreams of these names have it where this fig knows them. */
function serviceOf(uri: string): Integration {
  const match = /^arn:[\w-]+:apigateway:([\w-]+):(?:[\w.-]+\.)?([a-z0-9]+):(path|action)\/(.*)$/.exec(uri);
  if (match === null) return failed(`${uri} is no integration that is known here`);
  const [, region = "", service = "", , target = ""] = match;
  const bucket = /^([a-z0-9.-]+)(?:\/|$)/.exec(target)?.[1];
  const candidates: Readonly<Record<string, Json | undefined>> = {
    s3: bucket === undefined ? undefined : { s3: { bucket, region } },
    sqs: { sqs: { queue: target.split("/").at(-1) ?? "", region } },
    kinesis: undefined,
  };
  const value = candidates[service];
  if (value === undefined || !upstreamSchema.safeParse(value).success)
    return failed(`the service ${service} (${target || uri}) is no upstream that this fig can make of it`);
  return {
    upstream: { name: `${service}-${word(bucket ?? target)}`, value },
    ...{
      path: undefined,
      respond: undefined,
      left: [],
      changed: ["its request and response mappings are not looked at"],
    },
  };
}

function mockOf(value: Json, left: readonly string[]): Integration {
  const responses = Object.values(mapping(value.responses));
  const answer = mapping(mapping(value.responses).default ?? responses[0]);
  const status = Number(text(answer.statusCode) ?? answer.statusCode ?? 200);
  const templates = mapping(answer.responseTemplates);
  const body = text(templates["application/json"]) ?? text(Object.values(templates)[0]) ?? "";
  const headers: Record<string, string> = {};
  for (const [to, from] of Object.entries(mapping(answer.responseParameters))) {
    const name = /^method\.response\.header\.(.+)$/.exec(to)?.[1];
    const constant = /^'(.*)'$/.exec(String(from))?.[1];
    if (name !== undefined && constant !== undefined) headers[name.toLowerCase()] = constant;
  }
  const vtl = /[$#]\w|\$\{|\$input|\$context/.test(body);
  const usable = status >= 200 && status <= 599 && ![205, 206, 304].includes(status);
  const plain = vtl || status === 204 ? "" : body.trim();
  return {
    upstream: undefined,
    path: undefined,
    respond: {
      status: usable ? status : 200,
      ...(Object.keys(headers).length === 0 ? {} : { headers }),
      ...(plain === "" ? {} : bodyOf(plain)),
    },
    left: [...left, ...(vtl ? ["the template of its answer (VTL)"] : [])],
    changed: responses.length > 1 ? ["of its answers the default one is given"] : [],
  };
}

function bodyOf(body: string): Json {
  try {
    return { json: JSON.parse(body) as unknown };
  } catch {
    return { body };
  }
}

/** What `x-amazon-apigateway-integration` asks for. */
export function integrationOf(value: Json, around: Around): Integration {
  const type = (text(value.type) ?? "").toLowerCase();
  const version = text(value.payloadFormatVersion) ?? String(value.payloadFormatVersion ?? "");
  const own = version === "2.0" || version === "1.0" ? ({ ...around, payload: version } as Around) : around;
  const timeout = typeof value.timeoutInMillis === "number" ? value.timeoutInMillis : undefined;
  const uri = around.variable(uriOf(value.uri) ?? "");
  const templates = Object.keys(mapping(value.requestTemplates)).length > 0 && type !== "mock";
  const answers = Object.values(mapping(value.responses)).some(
    (answer) => Object.keys(mapping(mapping(answer).responseTemplates)).length > 0,
  );
  const more = [
    ...(templates && type !== "http_proxy" && type !== "aws_proxy" ? ["its request templates (VTL)"] : []),
    ...(answers && type !== "mock" && type !== "http_proxy" ? ["its response templates (VTL)"] : []),
    ...(text(value.connectionType) === "VPC_LINK"
      ? ["its VPC link: the front door has to reach the backend itself"]
      : []),
    ...(list(value.cacheKeyParameters).length > 0 ? ["its cache keys"] : []),
    ...(text(value.contentHandling) === undefined ? [] : ["contentHandling"]),
  ];
  const with_ = (found: Integration): Integration => ({ ...found, left: [...found.left, ...more] });
  if (type === "mock") return mockOf(value, more);
  if (type === "http" || type === "http_proxy") return with_(httpOf(uri, value, own, timeout));
  if (type === "aws_proxy" && text(value.integrationSubtype) === undefined)
    return with_(lambdaOf(uri, own, timeout));
  if (type === "aws" && /:lambda:path\//.test(uri))
    return failed(
      `its function gets an event made by a template (type aws), which is not made here`,
      ...more,
    );
  if (type === "aws" && uri !== "") return with_(serviceOf(uri));
  const named = text(value.integrationSubtype);
  return failed(
    named === undefined ? `an integration of type ${type || "none"}` : `the service integration ${named}`,
    ...more,
  );
}
