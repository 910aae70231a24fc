/**
 * The forwarding family: fields in which proxies say who asked them, and how. They are the front door's to write
 * (docs/contract.md, Headers).
 */

/** How a field that was dropped or replaced is counted. `underscore`: X_Forwarded_For and the like; `trailer`: of a trailer section. */
const DROPPED_FIELDS = [
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-other",
  "forwarded",
  "x-real-ip",
  "x-original",
  "x-rewrite-url",
  "underscore",
  "trailer",
] as const;

export type DroppedField = (typeof DROPPED_FIELDS)[number];

/** Which member of the family a field is. Undefined: none. */
export type ForwardingField = Exclude<DroppedField, "underscore" | "trailer">;

const EXACT: ReadonlyMap<string, ForwardingField> = new Map(
  DROPPED_FIELDS.filter((name) => name !== "underscore" && name !== "trailer").map((name) => [name, name]),
);

/** `name`: lower-case, with dashes. */
export function forwardingField(name: string): ForwardingField | undefined {
  const exact = EXACT.get(name);
  if (exact !== undefined && exact !== "x-original") return exact;
  if (name.startsWith("x-forwarded-")) return "x-forwarded-other";
  return name.startsWith("x-original-") ? "x-original" : undefined;
}

/** Believed whenever the sender is one of `trustedProxies`. The others pass only if `trustedHeaders` names them. */
export const BELIEVED: ReadonlySet<ForwardingField> = new Set<ForwardingField>([
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
  "x-forwarded-port",
]);

/** With the dashes that CGI, WSGI and their kin do not tell from underscores (RFC 3875 §4.1.18). */
export function dashed(name: string): string {
  return name.includes("_") ? name.replaceAll("_", "-") : name;
}
