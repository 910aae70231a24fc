import type { Ask, Reply } from "../asking/contract.ts";
import type { AwsPlace } from "../domain/aws.ts";
import { messageOf } from "../domain/errors.ts";
import { headerLines } from "../domain/headers.ts";
import type {
  AskAws,
  Aws,
  AwsReply,
  AwsService,
  AwsServiceName,
  CredentialsOf,
  Signable,
  SignedRequest,
} from "./contract.ts";
import { jsonObject, noCredentials } from "./credentials/source.ts";
import { endpointOf, regionOf } from "./regions.ts";
import { ChunkSigner, chunkedLength, chunkOf } from "./signed-chunks.ts";
import { otherTime, queryOf, signed, signingOf } from "./sigv4.ts";

export interface AwsTools {
  readonly ask: Ask;
  readonly credentialsOf: CredentialsOf;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Errors that say that the credentials are not the right ones, or not any more. */
const OTHER_CREDENTIALS =
  /^(?:ExpiredToken|UnrecognizedClient|InvalidClientTokenId|InvalidToken|InvalidAccessKeyId|TokenRefreshRequired)/;

type Answered = Extract<Reply, { kind: "answered" }>;

/** By which AWS's clock is ahead of this machine's. */
class Skew {
  /** ms. */
  byMs = 0;
  private readonly clock: () => number;

  constructor(clock: () => number) {
    this.clock = clock;
  }

  /** By AWS's clock. */
  now(): number {
    return this.clock() + this.byMs;
  }

  /**
   * True: the clock was off by which something was signed that was `aheadMs` ahead of this machine's, and is not any more. Of many that
   * were signed so, the first answer corrects it; the others were refused for it all the same.
   */
  corrected(date: string | undefined, aheadMs: number): boolean {
    const theirs = otherTime(date, this.clock() + aheadMs);
    if (theirs !== undefined) this.byMs = theirs - this.clock();
    return theirs !== undefined;
  }
}

/** The name of an error of AWS's (`X-Amzn-ErrorType`, `__type`), which may have a namespace before it and a URL behind it. */
function errorNameOf({ headers, body }: Answered): string {
  const sent = headerLines(headers, "x-amzn-errortype")[0] ?? jsonObject(body)?.__type;
  const name = typeof sent === "string" ? (sent.split(":")[0]?.split("#").at(-1) ?? "") : "";
  return /^[\w.]{1,100}$/.test(name) ? name : "";
}

class Service implements AwsService {
  readonly name: AwsServiceName;
  readonly region: string | undefined;
  readonly url: URL | undefined;
  readonly own: boolean;
  private readonly skew: Skew;
  private readonly credentials: ReturnType<CredentialsOf>;

  constructor(name: AwsServiceName, place: AwsPlace, { environment, credentialsOf }: AwsTools, skew: Skew) {
    this.name = name;
    this.region = place.region ?? regionOf(environment);
    const found = endpointOf(name, place, this.region, environment);
    this.url = found?.url;
    this.own = found?.own ?? false;
    this.credentials = credentialsOf(place.credentials);
    this.skew = skew;
  }

  async sign(request: Signable, signal: AbortSignal): Promise<SignedRequest> {
    const { region, name } = this;
    if (region === undefined)
      throw noCredentials(
        "no Region is known: set `region`, or AWS_REGION in the environment",
        "Set `region`, or AWS_REGION in the environment.",
      );
    const credentials = await this.credentials.current(signal);
    const aheadMs = this.skew.byMs;
    const scope = { service: name, region, credentials, nowMs: this.skew.now(), s3: name === "s3" };
    const { body, path, query } = request;
    const target = query.length === 0 ? path : `${path}?${queryOf(query)}`;
    if (typeof body === "string" || body instanceof Uint8Array || body.streamed === "unsigned")
      return { target, headers: signed(request, scope), credentials, aheadMs, chunks: undefined };
    const signing = signingOf(scope);
    const chunk = chunkOf(body.bytes);
    const coding = request.headers["content-encoding"];
    const headers = signed(
      {
        ...request,
        headers: {
          ...request.headers,
          "content-encoding": coding === undefined ? "aws-chunked" : `aws-chunked,${coding}`,
          "content-length": String(chunkedLength(body.bytes, chunk)),
          "x-amz-decoded-content-length": String(body.bytes),
        },
      },
      scope,
      signing,
    );
    const seed = (headers.authorization as string).slice(-64);
    return { target, headers, credentials, aheadMs, chunks: new ChunkSigner(signing, seed, chunk) };
  }

  heard(
    { date, error }: { readonly date: string | undefined; readonly error: string },
    sent: SignedRequest,
  ): boolean {
    const corrected = this.skew.corrected(date, sent.aheadMs);
    const otherCredentials = OTHER_CREDENTIALS.test(error);
    if (otherCredentials) this.credentials.refused(sent.credentials);
    return corrected || otherCredentials;
  }
}

/** Signs requests to AWS's services, and asks those whose messages are whole. */
export function createAws(tools: AwsTools): Aws {
  // Each has a clock of its own: one that is off is no reason to sign wrongly for the others.
  const skews = new Map<string, Skew>();
  const skewOf = (name: AwsServiceName, place: AwsPlace) => {
    const at = place.endpoint ?? `${name} ${place.region ?? ""}`;
    const skew = skews.get(at) ?? new Skew(tools.now);
    skews.set(at, skew);
    return skew;
  };

  const ask: AskAws = async (service, { path, query, headers, body, signal, ...bounds }) => {
    const { url, region } = service;
    if (url === undefined) {
      const detail =
        region === undefined
          ? "no Region is known: set `region`, or AWS_REGION in the environment"
          : `AWS_ENDPOINT_URL_${service.name.toUpperCase()} is not a URL`;
      return { kind: "failed", why: "no_credentials", detail };
    }
    const target = new URL(url.origin);
    target.pathname = `${url.pathname.replace(/\/$/, "")}${path}`;
    target.search = queryOf(query);
    const request = { method: "POST", host: url.host, path: target.pathname, query, headers, body };
    for (let again = true; ; again = false) {
      let sent: SignedRequest;
      try {
        sent = await service.sign(request, signal);
      } catch (error) {
        const why = signal.aborted ? "ended" : "no_credentials";
        return { kind: "failed", why, detail: messageOf(error) };
      }
      const reply = await tools.ask({
        ...{ url: target, method: "POST", headers: sent.headers, body, signal, ...bounds },
      });
      if (reply.kind === "failed") return reply;
      const answer: AwsReply = { ...reply, error: reply.status < 300 ? "" : errorNameOf(reply) };
      const date = headerLines(reply.headers, "date")[0];
      const mayPass = service.heard({ date, error: answer.error }, sent);
      if (!again || !mayPass || reply.status < 400 || reply.status > 403) return answer;
    }
  };

  return { ask, service: (name, place) => new Service(name, place, tools, skewOf(name, place)) };
}
