import type { Ask, BodyTaker, Reply } from "../asking/contract.ts";
import { regionOfArn } from "../domain/aws.ts";
import { messageOf } from "../domain/errors.ts";
import { headerLines } from "../domain/headers.ts";
import type { AwsCredentials, CredentialsOf, Invocation, Invoked, InvokeFunction } from "./contract.ts";
import { jsonObject } from "./credentials/source.ts";
import { StreamedPayload } from "./lambda-stream.ts";
import { awsDomain, regionOf } from "./regions.ts";
import { queryOf, signed, uriEncoded } from "./sigv4.ts";

interface InvokeTools {
  readonly ask: Ask;
  readonly credentialsOf: CredentialsOf;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** AWS takes what was signed up to five minutes ago. A clock further off than this is corrected. */
const SKEW_MS = 4 * 60_000;
/** Errors that say that the credentials are not the right ones, or not any more. */
const OTHER_CREDENTIALS = /^(?:ExpiredToken|UnrecognizedClient|InvalidClientTokenId|InvalidToken)/;

/** What Lambda answers when it took an invocation. */
const TAKEN = { answer: 200, event: 202, stream: 200 } as const;

type Answered = Extract<Reply, { kind: "answered" }>;

/** The name of an error of AWS's (`X-Amzn-ErrorType`), which may have a URL behind it. */
function errorTypeOf({ headers, body }: Answered): string {
  const sent = headerLines(headers, "x-amzn-errortype")[0] ?? jsonObject(body)?.__type;
  const name = typeof sent === "string" ? (sent.split(":")[0]?.split("#").at(-1) ?? "") : "";
  return /^\w{1,100}$/.test(name) ? name : "";
}

function thrown(body: Uint8Array, requestId: string | undefined): Invoked {
  const { errorType, errorMessage } = jsonObject(body) ?? {};
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return { kind: "threw", errorType: text(errorType), errorMessage: text(errorMessage), requestId };
}

function requestIdOf({ headers }: Answered): string | undefined {
  const id = headerLines(headers, "x-amzn-requestid")[0] ?? "";
  return /^[\w-]{1,100}$/.test(id) ? id : undefined;
}

/** Where a function is asked for its whole answer, and where for one that is streamed. */
function pathOf(base: string, name: string, streamed: boolean): string {
  const [version, action] = streamed
    ? ["2021-11-15", "response-streaming-invocations"]
    : ["2015-03-31", "invocations"];
  return `${base.replace(/\/$/, "")}/${version}/functions/${uriEncoded(name)}/${action}`;
}

/** Invokes functions of AWS Lambda, signed: `Invoke`, or `InvokeWithResponseStream` where somebody takes what comes. */
export function createInvoke({ ask, credentialsOf, environment, now }: InvokeTools): InvokeFunction {
  /** By which AWS's clock is ahead of this machine's, ms. */
  let skewMs = 0;

  /** True: the clock was off, and is not any more. */
  function corrected({ headers }: Answered): boolean {
    const theirs = Date.parse(headerLines(headers, "date")[0] ?? "");
    const off = theirs - (now() + skewMs);
    if (Number.isNaN(theirs) || Math.abs(off) < SKEW_MS) return false;
    skewMs = theirs - now();
    return true;
  }

  async function once(
    invocation: Invocation,
    url: URL,
    region: string,
    credentials: AwsCredentials,
    taker: BodyTaker | undefined,
  ) {
    const { function: asked, payload, signal, maxBytes, reserve } = invocation;
    const query = asked.qualifier === undefined ? [] : [["Qualifier", asked.qualifier] as const];
    const path = pathOf(url.pathname, asked.name, taker !== undefined);
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
      ...{ signal, maxBytes, reserve },
      ...(taker === undefined
        ? {}
        : { taker: (status: number) => (status === TAKEN.stream ? taker : undefined) }),
    });
  }

  return async (given) => {
    const streamed = given.taker === undefined ? undefined : new StreamedPayload(given.taker);
    const signal = streamed === undefined ? given.signal : AbortSignal.any([given.signal, streamed.signal]);
    const invocation = { ...given, signal };
    const { function: asked } = invocation;
    const taken = streamed !== undefined ? TAKEN.stream : given.async === true ? TAKEN.event : TAKEN.answer;
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
      const reply = await once(invocation, url, region, credentials, streamed);
      if (reply.kind === "failed") return streamed?.outcome() ?? failed(reply.why, reply.detail);
      if (reply.status === taken) {
        const requestId = requestIdOf(reply);
        if (streamed !== undefined) return streamed.ended(requestId);
        return headerLines(reply.headers, "x-amz-function-error").length > 0
          ? thrown(reply.body, requestId)
          : { kind: "returned", payload: reply.body, requestId };
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
