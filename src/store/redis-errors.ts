import { FigError } from "../domain/errors.ts";
import { authority } from "../domain/host.ts";
import { REDACTED } from "../domain/redaction.ts";
import type { RedisAddress } from "../domain/state-url.ts";

/** What Redis refuses, by the first word of its error (https://redis.io/docs/latest/develop/reference/protocol-spec/). */
const REFUSALS = {
  WRONGPASS: ["store_invalid", "Put the right user and password into `state`, percent-encoded."],
  NOAUTH: [
    "store_invalid",
    "This Redis asks for a password: put it into `state`, preferably from the environment.",
  ],
  NOPERM: [
    "store_invalid",
    "Let this Redis user run what docs/how-to/run-a-fleet.md lists, on keys and channels that begin with the prefix.",
  ],
  MOVED: ["store_invalid", "This is a Redis Cluster: name the node that holds all keys in `state`."],
  READONLY: ["store_unavailable", "This Redis is a replica: name the one that takes writes in `state`."],
  LOADING: ["store_unavailable", "Redis is loading its data; fig tries again by itself."],
  BUSY: ["store_unavailable", "Another client's script blocks Redis; fig tries again by itself."],
  OOM: ["store_unavailable", "Redis has no memory left: raise its maxmemory."],
  MISCONF: ["store_unavailable", "Redis cannot write its files: see its log and its disk."],
  NOREPLICAS: ["store_unavailable", "Redis waits for replicas that its min-replicas-to-write asks for."],
} as const satisfies Readonly<Record<string, readonly [code: string, remedy: string]>>;
const TRY_AGAIN = "Check that Redis runs and can be reached from here; fig tries again by itself.";
const TLS_REMEDY =
  "Name the authority's certificate with `ca=`, or the name in the server's with `servername=`.";

/** The connection ended, or nothing was heard in time: whether what was asked has happened is not known. */
export class Unanswered extends Error {
  readonly known: FigError;

  constructor(known: FigError) {
    super(known.message);
    this.known = known;
  }
}

/** Where Redis is, as it may be shown. */
export function placeOf({ host, port, tls }: RedisAddress): string {
  return `${tls ? "rediss" : "redis"}://${authority(host, port)}`;
}

/** Redis repeats the arguments of a command it does not know, cut off somewhere: a password, or its beginning, may be among them. */
function without(text: string, { password }: RedisAddress): string {
  const bare = text.replace(/,? with args beginning with.*/s, "");
  return password === undefined ? bare : bare.replaceAll(password, REDACTED);
}

function textOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(textOf).join(", ");
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return error.message === "" ? String(code ?? error.name) : error.message;
}

/** An error that Redis itself answered with. */
export function refusalOf(error: unknown, address: RedisAddress): FigError {
  const text = without(textOf(error), address);
  const word = /^[A-Z]+/.exec(text)?.[0] ?? "";
  const [code, remedy] = (REFUSALS as Readonly<Record<string, readonly [string, string]>>)[word] ?? [
    "store_unavailable",
    "See Redis' log; Redis 7 or Valkey is needed.",
  ];
  return new FigError(code, `${placeOf(address)} refused: ${text}`, { remedy });
}

/** A Redis that answers reads and refuses writes: it would look present, and lose every write. */
export function replicaError(address: RedisAddress): FigError {
  const [code, remedy] = REFUSALS.READONLY;
  return new FigError(code, `${placeOf(address)} is a replica`, { remedy });
}

/** Keys that a copy is being made to, or was until it was broken off. */
export function copyingError(place: string, code: "store_invalid" | "store_not_empty"): FigError {
  return new FigError(code, `${place} holds part of a state: a copy to it is running or was interrupted`, {
    remedy: "Wait for it, or delete the keys that begin with the prefix and run `fig state copy` again.",
  });
}

/** A connection that could not be made, or ended. */
export function awayOf(error: unknown, address: RedisAddress): FigError {
  if (error instanceof FigError) return error;
  const text = without(textOf(error), address);
  const tls = /certificate|altname|self.signed|SSL|TLS/i.test(text);
  return new FigError("store_unavailable", `${placeOf(address)} cannot be reached: ${text}`, {
    remedy: tls ? TLS_REMEDY : TRY_AGAIN,
  });
}

/** For what can be repeated without harm: a lost answer counts as a failure. */
export async function known<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof Unanswered ? error.known : error;
  }
}
