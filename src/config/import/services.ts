import { awsDomain } from "../../domain/aws.ts";
import { type Json, mapping, text } from "./written-document.ts";

/** A service of AWS's asked by itself, as an upstream has it. */
interface Service {
  readonly name: string;
  readonly value: Json;
  readonly changed: readonly string[];
}

type Captures = ReadonlyMap<string, string>;

/** What stands in a message, in our words; undefined: it cannot be said. */
function templateOf(written: string, captures: Captures): string | undefined {
  if (/^\$context\.(?:requestId|extendedRequestId)$/.test(written)) return "$requestId";
  if (written === "$context.identity.sourceIp") return "$client";
  if (/^\$request\.body(?:\.[\w-]+|\[\d{1,6}\])*$/.test(written)) return written;
  const json = /^\$input\.(?:path|json)\(["']\$((?:\.[\w-]+|\[\d{1,6}\])+)["']\)$/.exec(written)?.[1];
  if (json !== undefined) return `$request.body${json}`;
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

const WHOLE = /^\$(?:request\.body|input\.body|input\.(?:json|path)\(["']\$["']\))$/;

/** A message's body, as it was written. */
function bodyOf(written: string | undefined, captures: Captures) {
  const whole = written === undefined || WHOLE.test(written);
  const body = whole ? undefined : templateOf(written, captures);
  const changed = whole
    ? ["the message is the request's body, whole"]
    : body === undefined
      ? [`the message is the request's body, whole, and not ${written}`]
      : [];
  return { value: body === undefined ? {} : { body }, changed };
}

/** Attributes of SQS's, by name, each with what it is. */
function attributesOf(given: Json | undefined, captures: Captures) {
  const unsaid = { value: {}, changed: ["its message attributes are left out"] };
  if (given === undefined) return unsaid;
  const attributes: Record<string, unknown> = {};
  for (const [name, one] of Object.entries(given)) {
    const { DataType: type, StringValue: value } = mapping(one);
    const template = templateOf((text(value) ?? "$").replace(/^\$\{([^}]{1,200})\}$/, "$$$1"), captures);
    if (template === undefined || template === "" || !/^(?:String|Number)$/.test(text(type) ?? ""))
      return unsaid;
    attributes[name] = type === "String" ? template : { type, value: template };
  }
  return { value: Object.keys(attributes).length === 0 ? {} : { attributes }, changed: [] };
}

/** JSON as a text, as HTTP APIs write attributes; undefined: it is none. */
function jsonOf(written: string | undefined): Json | undefined {
  try {
    return written === undefined ? {} : mapping(JSON.parse(written));
  } catch {
    return undefined;
  }
}

/** `Action=SendMessage&MessageBody=…`, as templates of REST APIs write it: its values, as they stand before they are encoded. */
function formOf(template: string): Record<string, string> {
  const plain = (written: string) => /^\$util\.urlEncode\((.*)\)$/.exec(written)?.[1] ?? written;
  return Object.fromEntries(
    template.split("&").flatMap((pair) => {
      const equals = pair.indexOf("=");
      return equals < 0 ? [] : [[pair.slice(0, equals).trim(), plain(pair.slice(equals + 1).trim())]];
    }),
  );
}

/** `MessageAttribute.1.Name=…&MessageAttribute.1.Value.StringValue=…` by the attributes' names. */
function formAttributes(form: Readonly<Record<string, string>>): Json {
  const names = Object.entries(form).flatMap(([key, name]) => {
    const at = /^MessageAttribute\.(\d{1,2})\.Name$/.exec(key)?.[1];
    return at === undefined ? [] : [[name, `MessageAttribute.${at}.Value`] as const];
  });
  return Object.fromEntries(
    names.map(([name, at]) => [
      name,
      { DataType: form[`${at}.DataType`], StringValue: form[`${at}.StringValue`] },
    ]),
  );
}

/** A queue, and what its messages are made of, as it was written. */
function sqs(
  queue: string,
  region: string | undefined,
  fields: Json,
  attributes: Json | undefined,
  captures: Captures,
): Service {
  const said = (name: string) => {
    const written = text(fields[name]);
    return written === undefined ? undefined : templateOf(written, captures);
  };
  const content = bodyOf(text(fields.MessageBody), captures);
  const made = attributesOf(attributes, captures);
  const delay = /^[1-9]\d?$|^[1-8]\d\d$|^900$/.exec(String(fields.DelaySeconds))?.[0];
  const [group, deduplication] = [said("MessageGroupId"), said("MessageDeduplicationId")];
  return {
    name: `sqs-${queue.split("/").at(-1) ?? ""}`,
    value: {
      sqs: {
        queue,
        ...(group === undefined ? {} : { group }),
        ...(deduplication === undefined ? {} : { deduplication }),
        ...(delay === undefined ? {} : { delay: `${delay}s` }),
        ...content.value,
        ...made.value,
        ...(region === undefined ? {} : { region }),
      },
    },
    changed: [
      ...content.changed,
      ...made.changed,
      ...(fields.DelaySeconds === undefined || delay !== undefined
        ? []
        : ["its DelaySeconds is the queue's here"]),
    ],
  };
}

/** What a record is made of, as it was written. */
interface Mapped {
  readonly key: string | undefined;
  readonly hash?: string | undefined;
  readonly body?: string | undefined;
}

function kinesis(
  stream: string,
  region: string | undefined,
  { key, hash, body }: Mapped,
  captures: Captures,
): Service {
  const content = bodyOf(body, captures);
  const explicitHashKey = hash === undefined ? undefined : templateOf(hash, captures);
  const partitionKey = key === undefined ? undefined : templateOf(key, captures);
  const value = {
    stream,
    ...(partitionKey === undefined ? {} : { partitionKey }),
    ...(explicitHashKey === undefined ? {} : { explicitHashKey }),
    ...content.value,
    ...(region === undefined ? {} : { region }),
  };
  return {
    name: `kinesis-${stream}`,
    value: { kinesis: value },
    changed: [
      ...content.changed.map((what) => what.replace("message", "record")),
      ...(hash !== undefined && explicitHashKey === undefined
        ? [`its explicit hash key ${hash} is left out`]
        : []),
      ...(partitionKey !== undefined
        ? []
        : [`its partition key ${key ?? "(none is named)"} is the request's id here`]),
    ],
  };
}

/** S3, Kinesis and SQS as REST APIs ask them. */
function ofRest(uri: string, value: Json, captures: Captures): Service | undefined {
  const match = /^arn:[\w-]+:apigateway:([\w-]+):(?:[\w.-]+\.)?([a-z0-9]+):(path|action)\/(.*)$/.exec(uri);
  if (match === null) return undefined;
  const [, region = "", service = "", kind = "", target = ""] = match;
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
    const host = `sqs.${region}.${awsDomain(region)}`;
    const form = formOf(templates[0] ?? "");
    return sqs(`https://${host}/${account}/${queue}`, region, form, formAttributes(form), captures);
  }
  const stream = inTemplates(value, "StreamName");
  if (service !== "kinesis" || target !== "PutRecord" || stream === undefined) return undefined;
  const data = inTemplates(value, "Data");
  return kinesis(
    stream,
    region,
    {
      key: inTemplates(value, "PartitionKey"),
      hash: inTemplates(value, "ExplicitHashKey"),
      body: data && (/^\$util\.base64Encode\((.*)\)$/.exec(data)?.[1] ?? data),
    },
    captures,
  );
}

/** The same of HTTP APIs: `integrationSubtype`. */
function ofHttp(subtype: string, value: Json, captures: Captures): Service | undefined {
  const parameters = mapping(value.requestParameters);
  const region = text(parameters.Region);
  const stream = text(parameters.StreamName);
  if (subtype === "Kinesis-PutRecord" && stream !== undefined)
    return kinesis(
      stream,
      region,
      {
        key: text(parameters.PartitionKey),
        hash: text(parameters.ExplicitHashKey),
        body: text(parameters.Data),
      },
      captures,
    );
  const queue = text(parameters.QueueUrl);
  if (subtype !== "SQS-SendMessage" || queue === undefined) return undefined;
  return sqs(queue, region, parameters, jsonOf(text(parameters.MessageAttributes)), captures);
}

/** What an integration with a service asks for; undefined: it is none that an upstream stands for. */
export function serviceOf(uri: string, value: Json, captures: Captures): Service | undefined {
  const subtype = text(value.integrationSubtype);
  return subtype === undefined ? ofRest(uri, value, captures) : ofHttp(subtype, value, captures);
}
