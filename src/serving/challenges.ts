import type { AcmeAnswer } from "../domain/acme.ts";
import type { LaneListener, LaneRequest } from "../lanes/contract.ts";
import { answerOwn } from "./own-path.ts";

/** RFC 8555 §8.3. */
const PREFIX = "/.well-known/acme-challenge/";

/** What certificate authorities are to find by HTTP, ahead of every route, and only what is there for them. */
export class HttpChallenges {
  answered = 0;
  private readonly bodies: ReadonlyMap<string, Uint8Array>;

  /** Of `before`, it goes on counting. */
  constructor(answers: readonly AcmeAnswer[], before: HttpChallenges | undefined) {
    this.answered = before?.answered ?? 0;
    const http = answers.filter((answer) => answer.type === "http-01");
    this.bodies = new Map(
      http.map(({ token, keyAuthorization }) => [`${PREFIX}${token}`, Buffer.from(keyAuthorization)]),
    );
  }

  get none(): boolean {
    return this.bodies.size === 0;
  }

  /** Undefined: the request is not an authority's. */
  answer(request: LaneRequest): LaneListener | undefined {
    const { method, target } = request.head;
    const body = this.bodies.get(target);
    if (body === undefined || (method !== "GET" && method !== "HEAD")) return undefined;
    this.answered++;
    return answerOwn(request, "application/octet-stream", "no-store", body);
  }
}

/** What authorities found, by the kind of their question; nothing before the first. */
export function challengesAnswered(
  challenges: HttpChallenges | undefined,
  { acme_challenge: shown = 0 }: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const { answered = 0 } = challenges ?? {};
  return {
    ...(answered > 0 ? { "http-01": answered } : {}),
    ...(shown > 0 ? { "tls-alpn-01": shown } : {}),
  };
}
