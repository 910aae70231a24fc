import { type Json, mapping, text } from "./written-document.ts";

/** A service of AWS's asked by itself, as an upstream has it. */
interface Service {
  readonly name: string;
  readonly value: Json;
  readonly changed: readonly string[];
}

type Captures = ReadonlyMap<string, string>;

/** What stands in a message beside its body, in our words; undefined: it cannot be said. */
function templateOf(written: string, captures: Captures): string | undefined {
  if (/^\$context\.(?:requestId|extendedRequestId)$/.test(written)) return "$requestId";
  const direct = /^\$(?:request|input\.params\(\))\.(header|querystring|path)\.([\w-]+)$/.exec(written);
  const got = /^\$input\.params\(\)\.(header|querystring|path)\.get\(["']([\w-]+)["']\)$/.exec(written);
  const [, place = "", name = ""] = direct ?? got ?? [];
  if (place === "header") return `$request.header.${name}`;
  if (place === "querystring") return `$request.query.${name}`;
  // Of a name alone, the path is looked at first.
  const bare = place === "path" ? name : /^\$input\.params\(["']([\w-]+)["']\)$/.exec(written)?.[1];
  const capture = bare === undefined ? undefined : captures.get(bare);
  if (capture !== undefined) return `$request.path.${capture}`;
  return written === "" || written.includes("$") ? undefined : written;
}

/** What a template of the request names: `"StreamName": "orders"`. */
function inTemplates(value: Json, name: string): string | undefined {
  for (const template of Object.values(mapping(value.requestTemplates))) {
    const found = new RegExp(`"${name}"\\s{0,8}:\\s{0,8}"((?:[^"\\\\]|\\\\.){1,256})"`).exec(
      String(template),
    );
    if (found !== null) return found[1];
  }
  return undefined;
}

function kinesis(
  stream: string,
  region: string | undefined,
  key: string | undefined,
  captures: Captures,
): Service {
  const partitionKey = key === undefined ? undefined : templateOf(key, captures);
  const value = {
    stream,
    ...(partitionKey === undefined ? {} : { partitionKey }),
    ...(region === undefined ? {} : { region }),
  };
  return {
    name: `kinesis-${stream}`,
    value: { kinesis: value },
    changed: [
      "the record is the request's body, whole",
      ...(partitionKey !== undefined
        ? []
        : [`its partition key ${key ?? "(none is named)"} is the request's id here`]),
    ],
  };
}

/** S3, Kinesis and SQS as REST APIs ask them. */
function ofRest(uri: string, value: Json, captures: Captures): Service | undefined {
  const match = /^arn:([\w-]+):apigateway:([\w-]+):(?:[\w.-]+\.)?([a-z0-9]+):(path|action)\/(.*)$/.exec(uri);
  if (match === null) return undefined;
  const [, partition = "", region = "", service = "", kind = "", target = ""] = match;
  if (service === "s3") {
    const bucket = /^([a-z0-9.-]+)(?:\/|$)/.exec(target)?.[1];
    if (bucket === undefined) return undefined;
    return {
      name: `s3-${bucket}`,
      value: { s3: { bucket, region } },
      changed: ["its request and response mappings are not looked at"],
    };
  }
  if (service === "sqs" && kind === "path") {
    const [account = "", queue = "", ...more] = target.split("/");
    if (more.length > 0 || !/^\d{12}$/.test(account)) return undefined;
    const templates = Object.values(mapping(value.requestTemplates)).map(String);
    if (templates.some((template) => /\bAction=(?!SendMessage(?:&|$|\s))/.test(template))) return undefined;
    const host = `sqs.${region}.amazonaws.com${partition === "aws-cn" ? ".cn" : ""}`;
    return {
      name: `sqs-${queue}`,
      value: { sqs: { queue: `https://${host}/${account}/${queue}`, region } },
      changed: ["the message is the request's body, whole"],
    };
  }
  const stream = inTemplates(value, "StreamName");
  if (service !== "kinesis" || target !== "PutRecord" || stream === undefined) return undefined;
  return kinesis(stream, region, inTemplates(value, "PartitionKey"), captures);
}

/** The same of HTTP APIs: `integrationSubtype`. */
function ofHttp(subtype: string, value: Json, captures: Captures): Service | undefined {
  const parameters = mapping(value.requestParameters);
  const region = text(parameters.Region);
  const stream = text(parameters.StreamName);
  if (subtype === "Kinesis-PutRecord" && stream !== undefined)
    return kinesis(stream, region, text(parameters.PartitionKey), captures);
  const queue = text(parameters.QueueUrl);
  if (subtype !== "SQS-SendMessage" || queue === undefined) return undefined;
  const said = (name: string) => {
    const written = text(parameters[name]);
    return written === undefined ? undefined : templateOf(written, captures);
  };
  const [group, deduplication] = [said("MessageGroupId"), said("MessageDeduplicationId")];
  return {
    name: `sqs-${queue.split("/").at(-1) ?? ""}`,
    value: {
      sqs: {
        queue,
        ...(group === undefined ? {} : { group }),
        ...(deduplication === undefined ? {} : { deduplication }),
        ...(region === undefined ? {} : { region }),
      },
    },
    changed: ["the message is the request's body, whole"],
  };
}

/** What an integration with a service asks for; undefined: it is none that an upstream stands for. */
export function serviceOf(uri: string, value: Json, captures: Captures): Service | undefined {
  const subtype = text(value.integrationSubtype);
  return subtype === undefined ? ofRest(uri, value, captures) : ofHttp(subtype, value, captures);
}
