import type { RawHeaders } from "../domain/message.ts";
import { dropNamed, isFigHeader, nominated } from "../routing/request-headers.ts";

const DROPPED_LENGTHS = new Uint8Array(64);
const DROPPED = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "transfer-encoding",
  "te",
]);
for (const name of DROPPED) DROPPED_LENGTHS[name.length] = 1;

interface ScannedAnswer {
  readonly forward: string[];
  readonly eventStream: boolean;
  /** Of a media type that is sent piece by piece: it may be silent for long. */
  readonly streamed: boolean;
}

/** Media types that are sent piece by piece: silence in them is no sign of a dead upstream. */
const STREAM_TYPES = [
  "(?:application|text)/(?:x-)?(?:ndjson|nd-json|ldjson|json-?l(?:ines)?|json-seq|json-stream|jsonstream)",
  "application/(?:stream\\+json|x-json-line(?:-delimited)?|[\\w.-]+\\+(?:ndjson|jsonl|json-seq))",
  "application/(?:grpc|connect)[\\w.+-]*",
  "application/vnd\\.(?:docker\\.(?:raw|multiplexed)-stream|amazon\\.eventstream)",
  "multipart/(?:x-mixed-replace|mixed)",
];
const STREAMS = new RegExp(`^(?:(text/event-stream)|${STREAM_TYPES.join("|")})\\s*(?:;|$)`, "i");

/**
 * An answer's headers for the client: hop-by-hop fields and those Connection names left out, the rest as received.
 * `dropUpgrade`: Upgrade goes too (it stays on 101 and 426). `dropFig`: the upstream's own x-fig-* would pass for ours.
 * `dropTrailer`: Trailer announces nothing where no trailers can come (RFC 9110 §6.6.2).
 */
export function scanAnswer(
  headers: RawHeaders,
  dropUpgrade: boolean,
  dropFig: boolean,
  dropTrailer: boolean,
): ScannedAnswer {
  const forward: string[] = [];
  let connection: string | undefined;
  let stream: RegExpExecArray | null = null;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    const { length } = name;
    if (length < 64 && DROPPED_LENGTHS[length] === 1) {
      const lower = name.toLowerCase();
      if (lower === "connection") {
        connection = connection === undefined ? value : `${connection},${value}`;
        continue;
      }
      if (DROPPED.has(lower)) continue;
    } else if (length === 12) {
      if (stream === null && name.toLowerCase() === "content-type") stream = STREAMS.exec(value);
    } else if (length === 7 && (dropUpgrade || dropTrailer)) {
      const lower = name.toLowerCase();
      if ((dropUpgrade && lower === "upgrade") || (dropTrailer && lower === "trailer")) continue;
    }
    if (dropFig && isFigHeader(name)) continue;
    forward.push(name, value);
  }
  if (connection !== undefined) {
    const names = nominated(connection);
    if (names !== undefined) dropNamed(forward, names, 0, "upgrade");
  }
  return { forward, eventStream: stream?.[1] !== undefined, streamed: stream !== null };
}
