import type { Ask, Reply } from "../asking/contract.ts";
import { regionOfArn } from "../domain/aws.ts";
import { messageOf } from "../domain/errors.ts";
import { headerLines } from "../domain/headers.ts";
import type { AwsCredentials, CredentialsOf, Invocation, Invoked, InvokeFunction } from "./contract.ts";
import { jsonObject } from "./credentials/source.ts";
import { awsDomain, regionOf } from "./regions.ts";
import { otherTime, queryOf, signed, uriEncoded } from "./sigv4.ts";

interface InvokeTools {
  readonly ask: Ask;
  readonly credentialsOf: CredentialsOf;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Errors that say that the credentials are not the right ones, or not any more. */
const OTHER_CREDENTIALS = /^(?:ExpiredToken|UnrecognizedClient|InvalidClientTokenId|InvalidToken)/;

type Answered = Extract<Reply, { kind: "answered" }>;

/** The name of an error of AWS's (`X-Amzn-ErrorType`), which may have a URL behind it. */
function errorTypeOf({ headers, body }: Answered): string {
  const sent = headerLines(headers, "x-amzn-errortype")[0] ?? jsonObject(body)?.__type;
  const name = typeof sent === "string" ? (sent.split(":")[0]?.split("#").at(-1) ?? "") : "";
  return /^\w{1,100}$/.test(name) ? name : "";
}

function thrown(body: Uint8Array): Invoked {
  const { errorType, errorMessage } = jsonObject(body) ?? {};
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return { kind: "threw", errorType: text(errorType), errorMessage: text(errorMessage) };
}

/** Invokes functions of AWS Lambda: `Invoke`, signed, and waited for (API version 2015-03-31). */
export function createInvoke({ ask, credentialsOf, environment, now }: InvokeTools): InvokeFunction {
  /** By which AWS's clock is ahead of this machine's, ms. */
  let skewMs = 0;

  /** True: the clock was off, and is not any more. */
  function corrected({ headers }: Answered): boolean {
    const theirs = otherTime(headers, now() + skewMs);
    if (theirs !== undefined) skewMs = theirs - now();
    return theirs !== undefined;
  }

  async function once(invocation: Invocation, url: URL, region: string, credentials: AwsCredentials) {
    const { function: asked, payload, signal, maxBytes, reserve, repeatable } = invocation;
    const query = asked.qualifier === undefined ? [] : [["Qualifier", asked.qualifier] as const];
    const path = `${url.pathname.replace(/\/$/, "")}/2015-03-31/functions/${uriEncoded(asked.name)}/invocations`;
    const request = {
      method: "POST",
      host: url.host,
      ...{ path, query, body: payload },
      headers: {
        "content-type": "application/json",
        ...(invocation.async === true ? { "x-amz-invocation-type": "Event" } : {}),
      },
    };
    const scope = { service: "lambda", region, credentials, nowMs: now() + skewMs };
    const target = new URL(url.origin);
    target.pathname = path;
    target.search = queryOf(query);
    return ask({
      url: target,
      method: "POST",
      headers: signed(request, scope),
      body: payload,
      ...{ signal, maxBytes, reserve, single: repeatable !== true },
    });
  }

  return async (invocation) => {
    const { function: asked, signal } = invocation;
    const region = asked.region ?? regionOfArn(asked.name) ?? regionOf(environment);
    if (region === undefined)
      return failed("no_credentials", "no Region is known: set `region`, or AWS_REGION in the environment");
    const own = asked.endpoint || environment.AWS_ENDPOINT_URL_LAMBDA || environment.AWS_ENDPOINT_URL;
    const url = URL.parse(own || `https://lambda.${region}.${awsDomain(region)}`);
    if (url === null) return failed("unreachable", "AWS_ENDPOINT_URL_LAMBDA is not a URL");
    const source = credentialsOf(asked.credentials);
    for (let again = true; ; again = false) {
      let credentials: AwsCredentials;
      try {
        credentials = await source.current(signal);
      } catch (error) {
        return failed(signal.aborted ? "ended" : "no_credentials", messageOf(error));
      }
      const reply = await once(invocation, url, region, credentials);
      if (reply.kind === "failed") return failed(reply.why, reply.detail);
      if (reply.status === (invocation.async === true ? 202 : 200)) {
        return headerLines(reply.headers, "x-amz-function-error").length > 0
          ? thrown(reply.body)
          : { kind: "returned", payload: reply.body };
      }
      const type = errorTypeOf(reply);
      const otherCredentials = reply.status === 403 && OTHER_CREDENTIALS.test(type);
      if (otherCredentials) source.refused(credentials);
      const retry = reply.status === 403 && (corrected(reply) || otherCredentials);
      if (!again || !retry)
        return failed("refused", `Lambda answered ${reply.status} ${type}`.trim(), reply.status);
    }
  };
}

type Failed = Extract<Invoked, { kind: "failed" }>;

function failed(why: Failed["why"], detail: string, status?: number): Failed {
  return { kind: "failed", why, detail, ...(status === undefined ? {} : { status }) };
}
