import { awsDomain } from "../../domain/aws.ts";
import { headerLines } from "../../domain/headers.ts";
import type { AwsCredentials } from "../contract.ts";
import { regionOf } from "../regions.ts";
import { otherTime, queryOf, signed } from "../sigv4.ts";
import { MAX_CREDENTIAL_BYTES, noCredentials, type Surroundings, sentCredentials } from "./source.ts";

const WHERE = "STS";
/** The service of all Regions signs by this one. */
const GLOBAL = "us-east-1";

/** What is asked of STS. */
interface StsRequest {
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Undefined: that of the environment, or the service of all Regions. */
  readonly region: string | undefined;
  /** Who asks; undefined: the request has its own proof. */
  readonly by: AwsCredentials | undefined;
}

/** The text between an element's tags; its answers are flat, and their values need no unescaping. */
function element(xml: string, name: string): string | undefined {
  const from = xml.indexOf(`<${name}>`);
  const to = from < 0 ? -1 : xml.indexOf(`</${name}>`, from);
  return to < 0 ? undefined : xml.slice(from + name.length + 2, to).trim();
}

/** A role's credentials, from STS's query interface of 2011-06-15. */
export async function roleCredentials(
  { environment, ask, now }: Surroundings,
  { query, region, by }: StsRequest,
  signal: AbortSignal,
): Promise<AwsCredentials> {
  const where = region ?? regionOf(environment);
  const own = environment.AWS_ENDPOINT_URL_STS || environment.AWS_ENDPOINT_URL;
  const host = where === undefined ? "sts.amazonaws.com" : `sts.${where}.${awsDomain(where)}`;
  const base = URL.parse(own || `https://${host}`);
  if (base === null) throw noCredentials("AWS_ENDPOINT_URL_STS is not a URL.", "Set it anew, or unset it.");
  const url = new URL("/", base);
  const body = queryOf([["Version", "2011-06-15"], ...query]);
  const headers = { "content-type": "application/x-www-form-urlencoded", accept: "text/xml" };
  const request = { method: "POST", host: url.host, path: "/", query: [], headers, body };
  const asked = (nowMs: number) => {
    const scope = { service: "sts", region: where ?? GLOBAL, nowMs };
    const sent = by === undefined ? headers : withoutHost(signed(request, { ...scope, credentials: by }));
    return ask({ ...{ url, method: "POST", headers: sent, body, signal, maxBytes: MAX_CREDENTIAL_BYTES } });
  };
  const nowMs = now();
  let reply = await asked(nowMs);
  if (reply.kind === "answered" && reply.status === 403 && by !== undefined) {
    const theirs = otherTime(headerLines(reply.headers, "date")[0], nowMs);
    if (theirs !== undefined) reply = await asked(theirs);
  }
  if (reply.kind === "failed")
    throw noCredentials(
      `${WHERE} did not answer (${reply.detail}).`,
      "Look at the network, and at the Region.",
    );
  const xml = Buffer.from(reply.body).toString("utf8");
  if (reply.status !== 200) {
    const code = element(xml, "Code");
    const said = code !== undefined && /^\w{1,64}$/.test(code) ? code : `status ${reply.status}`;
    throw noCredentials(
      `${WHERE} did not give the role's credentials (${said}).`,
      "Look at the role's trust policy.",
    );
  }
  return sentCredentials(
    {
      accessKeyId: element(xml, "AccessKeyId"),
      secretAccessKey: element(xml, "SecretAccessKey"),
      token: element(xml, "SessionToken"),
      expiration: element(xml, "Expiration"),
    },
    WHERE,
  );
}

/** The client writes it by the URL. */
function withoutHost({ host: _host, ...headers }: Record<string, string>): Record<string, string> {
  return headers;
}
