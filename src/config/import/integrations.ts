import { scrubbed } from "../../domain/scrub.ts";
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
    .replaceAll(/^-|-$/g, "")
    .slice(0, 60);

/** As long as fig.yaml takes. */
const MAX_TIMEOUT_MS = 86_400_000;

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
  const types = binary
    .map((type) => type.replaceAll("~1", "/"))
    .filter((type) => /^[\w.+*-]+\/[\w.+*-]+$/.test(type));
  const value = {
    ...(timeout === undefined ? {} : { timeout: `${timeout}ms` }),
    lambda: {
      function: plain,
      ...(arn?.[3] === undefined ? {} : { qualifier: arn[3] }),
      payload,
      ...(known ? { region } : {}),
      ...(types.length === 0 ? {} : { binary: types }),
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
  return { path: encodedPath(filled), left };
}

function httpOf(uri: string, value: Json, around: Around, timeout: number | undefined): Integration {
  const match = /^(https?:\/\/)([^/?#]+)([^?#]*)([?#].*)?$/.exec(uri);
  if (match === null) return failed("its URI is no http URL");
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
  const more = [
    ...(given === undefined || timeout !== undefined ? [] : [`its timeout ${String(given)}`]),
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
  if ((type === "aws" && uri !== "") || text(value.integrationSubtype) !== undefined)
    return with_(serviceUpstream(uri, value, own, timeout));
  return failed(`an integration of type ${type || "none"}`, ...more);
}
