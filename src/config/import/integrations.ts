import { scrubbed } from "../../domain/scrub.ts";
import { compileWholePattern } from "../../domain/text-pattern/whole.ts";
import { encodedPath } from "./paths.ts";
import { serviceOf } from "./services.ts";
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
  /** Of the operation; null: any; undefined: it is no operation's. */
  readonly method: string | null | undefined;
}

function failed(...left: readonly string[]): Integration {
  return { upstream: undefined, path: undefined, respond: undefined, left, changed: [] };
}

/** A text, or CloudFormation's `Fn::Sub` of one. */
export function uriOf(value: unknown): string | undefined {
  const sub = mapping(value)["Fn::Sub"];
  return text(value) ?? text(sub) ?? text(list(sub)[0]);
}

const word = (name: string) =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 60);

/** As long as fig.yaml takes. */
const MAX_TIMEOUT_MS = 86_400_000;

/** Templates and mappings apart, what a function's integration says beside its URI. */
function callOf(uri: string, value: Json): { readonly call: Json; readonly left: readonly string[] } {
  const mapped = Object.entries(mapping(value.requestParameters));
  const event = mapped.find(([to]) => /^integration\.request\.header\.x-amz-invocation-type$/i.test(to));
  const isAsync = event?.[1] === "'Event'";
  const streams =
    uri.includes("/response-streaming-invocations") ||
    text(value.responseTransferMode)?.toUpperCase() === "STREAM";
  return {
    call: { ...(isAsync ? { async: true } : {}), ...(streams ? { stream: true } : {}) },
    left: mapped
      .filter((one) => !(isAsync && one === event))
      .map(([to, from]) => `the mapping of ${String(from)} to ${to}`),
  };
}

function lambdaOf(
  uri: string,
  asked: Json,
  { binary, payload }: Around,
  timeout: number | undefined,
): Integration {
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
  const types = binary
    .map((type) => type.replaceAll("~1", "/"))
    .filter((type) => /^[\w.+*-]+\/[\w.+*-]+$/.test(type));
  const { call, left } = callOf(uri, asked);
  const value = {
    ...(timeout === undefined ? {} : { timeout: `${timeout}ms` }),
    lambda: {
      function: plain,
      ...(arn?.[3] === undefined ? {} : { qualifier: arn[3] }),
      payload,
      ...call,
      ...(known ? { region } : {}),
      ...(types.length === 0 ? {} : { binary: types }),
    },
  };
  const changed = byName === null ? [] : [`the function is called ${name} here: write its real name`];
  const upstream = { name: word(short) || "function", value };
  return { upstream, path: undefined, respond: undefined, left, changed };
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
  return { path: encodedPath(filled), left };
}

/** A backend is asked with the request's method. */
function methodLeft(value: Json, { method }: Around): readonly string[] {
  const asked = text(value.httpMethod)?.toUpperCase() ?? "ANY";
  return asked === "ANY" || method === undefined || asked === method
    ? []
    : [`that its backend is asked with ${asked}: here it is the request's own method`];
}

function tlsOf({ serverNameToVerify, insecureSkipVerification }: Json): Json {
  const servername = text(serverNameToVerify);
  const tls = {
    ...(servername === undefined ? {} : { servername }),
    ...(insecureSkipVerification === true ? { verify: false } : {}),
  };
  return Object.keys(tls).length === 0 ? {} : { tls };
}

function httpOf(uri: string, value: Json, around: Around, timeout: number | undefined): Integration {
  const match = /^(https?:\/\/)([^/?#]+)([^?#]*)([?#].*)?$/.exec(uri);
  if (match === null)
    return /^arn:/.test(uri)
      ? failed(`its backend is ${uri}, whose address is in no export`)
      : failed("its URI is no http URL");
  const [, scheme = "", authority = "", path = "", query] = match;
  // A password does not go into files, nor into a name.
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const origin = `${scheme}${host}`;
  const parameters = mapping(value.requestParameters);
  const side = sidePath(path === "" ? "/" : path, parameters, around);
  const mapped = Object.entries(parameters).filter(([to]) => !to.startsWith("integration.request.path."));
  const left = [
    ...side.left,
    ...(host === authority ? [] : ["user and password of the backend's URL"]),
    ...(query === undefined ? [] : [`the query ${scrubbed(query)} of the backend's URL`]),
    ...mapped.map(([to, from]) => `the mapping of ${String(from)} to ${to}`),
    ...methodLeft(value, around),
  ];
  const name = word(
    around
      .variable(origin)
      .replace(/^https?:\/\//, "")
      .replaceAll(/\$\{vars\.([\w-]+)\}/g, "$1"),
  );
  const upstream = {
    ...{ urls: [origin], host: "upstream" },
    ...(timeout === undefined ? {} : { timeout: `${timeout}ms` }),
    ...(scheme === "https://" ? tlsOf(mapping(value.tlsConfig)) : {}),
  };
  return { upstream: { name, value: upstream }, path: side.path, respond: undefined, left, changed: [] };
}

/** S3, Kinesis and SQS asked by themselves. */
function serviceUpstream(uri: string, value: Json, around: Around, timeout: number | undefined): Integration {
  const found = serviceOf(uri, value, around.captures);
  // The object's key is what stands behind the bucket.
  const key = /:s3:path\/[^/]*(\/.*)$/.exec(uri)?.[1];
  const side = key === undefined ? undefined : sidePath(key, mapping(value.requestParameters), around);
  const named = text(value.integrationSubtype) ?? /:([a-z0-9]+:(?:path|action)\/.*)$/.exec(uri)?.[1] ?? uri;
  if (found === undefined)
    return failed(`the service integration ${named} is no upstream that can be made of it`);
  return {
    upstream: {
      name: word(found.name),
      value: { ...(timeout === undefined ? {} : { timeout: `${timeout}ms` }), ...found.value },
    },
    ...{ path: side?.path, respond: undefined, left: side?.left ?? [], changed: found.changed },
  };
}

function takes(pattern: string, status: string): boolean {
  const compiled = compileWholePattern(pattern);
  return !("problem" in compiled) && compiled.standsFor(status);
}

/** The answer that a mock's request template chooses by its status, as patterns of answers are read; else the default one. */
function mockAnswer(value: Json): Json {
  const responses = mapping(value.responses);
  const chosen = Object.values(mapping(value.requestTemplates)).flatMap(
    (template) => /"?statusCode"?\s{0,8}:\s{0,8}"?(\d{3})\b/.exec(String(template))?.[1] ?? [],
  )[0];
  const found = Object.entries(responses).find(
    ([pattern]) => chosen !== undefined && pattern !== "default" && takes(pattern, chosen),
  );
  return mapping(found?.[1] ?? responses.default ?? Object.values(responses)[0]);
}

function mockOf(value: Json, left: readonly string[]): Integration {
  const responses = Object.values(mapping(value.responses));
  const answer = mockAnswer(value);
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
    changed: responses.length > 1 ? [`of its answers the one of status ${status} is given`] : [],
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
  const given = value.timeoutInMillis;
  const timeout =
    typeof given === "number" && Number.isInteger(given) && given > 0 && given <= MAX_TIMEOUT_MS
      ? given
      : undefined;
  const uri = around.variable(uriOf(value.uri) ?? "");
  const templates = Object.keys(mapping(value.requestTemplates)).length > 0 && type !== "mock";
  const answers = Object.values(mapping(value.responses)).some(
    (answer) => Object.keys(mapping(mapping(answer).responseTemplates)).length > 0,
  );
  // Statuses are mapped too: an answer that no pattern takes has the status of the default one.
  const mapsAnswers = (type === "http" || type === "aws") && Object.keys(mapping(value.responses)).length > 0;
  const role = text(value.credentials);
  const more = [
    ...(given === undefined || timeout !== undefined ? [] : [`its timeout ${String(given)}`]),
    ...(templates && type !== "http_proxy" && type !== "aws_proxy" ? ["its request templates (VTL)"] : []),
    ...(answers && type !== "mock" && type !== "http_proxy" ? ["its response templates (VTL)"] : []),
    ...(mapsAnswers ? ["its mapping of answers: statuses and fields"] : []),
    ...(Object.keys(mapping(value.responseParameters)).length > 0 ? ["its mapping of answers"] : []),
    ...(text(value.passthroughBehavior)?.toLowerCase() === "never" && !/^(?:mock|aws_proxy)$/.test(type)
      ? ["that media types without a template are refused (415)"]
      : []),
    ...(text(value.connectionType) === "VPC_LINK"
      ? ["its VPC link: the front door has to reach the backend itself"]
      : []),
    ...(list(value.cacheKeyParameters).length > 0 ? ["its cache keys"] : []),
    ...(text(value.contentHandling) === undefined ? [] : ["contentHandling"]),
  ];
  const asks =
    role === undefined || !type.startsWith("aws")
      ? []
      : [`it is asked with the front door's own credentials, not with ${role}`];
  const with_ = (found: Integration): Integration => ({
    ...found,
    ...{ left: [...found.left, ...more], changed: [...found.changed, ...asks] },
  });
  if (type === "mock") return mockOf(value, more);
  if (type === "http" || type === "http_proxy") return with_(httpOf(uri, value, own, timeout));
  if (type === "aws_proxy" && text(value.integrationSubtype) === undefined)
    return with_(lambdaOf(uri, value, own, timeout));
  if (type === "aws" && /:lambda:path\//.test(uri))
    return failed(
      `its function gets an event made by a template (type aws), which is not made here`,
      ...more,
    );
  if ((type === "aws" && uri !== "") || text(value.integrationSubtype) !== undefined)
    return with_(serviceUpstream(uri, value, own, timeout));
  return failed(`an integration of type ${type || "none"}`, ...more);
}
