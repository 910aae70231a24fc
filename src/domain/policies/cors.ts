/** Which pages of other origins may read a route's answers (Fetch Standard, CORS protocol). */
export interface CorsPolicy {
  /** As browsers send them, lower-case; `*`: any; `https://*.example.com`, `https://*`, `http://localhost:*`; `null`. */
  readonly allowOrigins: readonly string[];
  /** `*`: whichever is announced. */
  readonly allowMethods: readonly string[];
  /** Lower-case names; `*`: whichever are announced. */
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  /** Seconds; undefined: the browser's own. */
  readonly maxAgeSeconds: number | undefined;
  /** Pages of public networks may ask this one (Private Network Access). */
  readonly allowPrivateNetwork: boolean;
}

/** Whether an Origin field's value is one of these. */
type OriginTest = (origin: string) => boolean;

const LABELS = "[a-z0-9_-]+(?:\\.[a-z0-9_-]+)*";
const PORT = "[0-9]{1,5}";
const MAX_ORIGIN_CHARS = 512;

/** Exact origins are looked up; those with a `*` are patterns that cannot backtrack into anything long. */
export function originTest(origins: readonly string[]): OriginTest {
  if (origins.includes("*")) return () => true;
  const exact = new Set(origins.filter((origin) => !origin.includes("*")));
  const patterns = origins.filter((origin) => origin.includes("*")).map(patternOf);
  return (origin) =>
    exact.has(origin) ||
    (origin.length <= MAX_ORIGIN_CHARS && patterns.some((pattern) => pattern.test(origin)));
}

function patternOf(origin: string): RegExp {
  const [, scheme = "", host = "", port] = /^([^:]+):\/\/([^:]+|\[[^\]]+\])(?::(.+))?$/.exec(origin) ?? [];
  const anyHost = `(?:${LABELS}|\\[[0-9a-f:.]+\\])(?::${PORT})?`;
  if (host === "*") return new RegExp(`^${escaped(scheme)}://${anyHost}$`);
  const hosts = host.startsWith("*.") ? `${LABELS}\\.${escaped(host.slice(2))}` : escaped(host);
  const ports = port === "*" ? `(?::${PORT})?` : port === undefined ? "" : `:${port}`;
  return new RegExp(`^${escaped(scheme)}://${hosts}${ports}$`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}
