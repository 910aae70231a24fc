import type { DoorProblem } from "../control/contract.ts";
import { type CertificateState, ENDS_SOON_MS, endingText } from "../domain/certificate-state.ts";
import type { Listener, TlsCertificate } from "../domain/config.ts";
import type { UpstreamState } from "../domain/upstream-state.ts";

/** The same of one that the front door orders, as a share of its life: it should have been renewed at a third. */
const ORDERED_SOON = 1 / 4;

function soonMs({ ordered, startsMs, endsMs }: TlsCertificate): number {
  return ordered === undefined ? ENDS_SOON_MS : (endsMs - startsMs) * ORDERED_SOON;
}

/** By name, the one that ends first. */
function certificatesOf(listen: readonly Listener[]): ReadonlyMap<string, TlsCertificate> {
  const byName = new Map<string, TlsCertificate>();
  for (const certificate of listen.flatMap(({ tls }) => tls?.certificates ?? [])) {
    if (certificate.ordered === "placeholder") continue;
    const known = byName.get(certificate.name);
    if (known === undefined || certificate.endsMs < known.endsMs) byName.set(certificate.name, certificate);
  }
  return byName;
}

type WithCertificate = Pick<UpstreamState, "certificate">;

/** When each ends, seconds since the epoch; of those that upstreams are shown, by the upstream. */
export function certificateEnds(
  listen: readonly Listener[],
  upstreams: readonly WithCertificate[],
): Readonly<Record<string, number>> {
  const ends = certificateStates(listen, upstreams).map(
    ({ name, upstream, endsAt }) =>
      [
        upstream === undefined ? name : `upstream ${upstream}`,
        Math.floor(Date.parse(endsAt) / 1000),
      ] as const,
  );
  return Object.fromEntries(ends);
}

/** What they are, by when they end: those that clients are shown, and those that upstreams are. */
export function certificateStates(
  listen: readonly Listener[],
  upstreams: readonly WithCertificate[],
): readonly CertificateState[] {
  const shown = [...certificatesOf(listen).values()].map(({ name, names, fingerprint, endsMs }) => ({
    ...{ name, names, fingerprint },
    endsAt: new Date(endsMs).toISOString(),
  }));
  return [...shown, ...upstreams.flatMap(({ certificate }) => certificate ?? [])].sort(
    (a, b) => Date.parse(a.endsAt) - Date.parse(b.endsAt),
  );
}

/** The fingerprints of those that are in force. */
export function fingerprints(listen: readonly Listener[]): readonly string[] {
  return listen.flatMap(({ tls }) => tls?.certificates.map(({ fingerprint }) => fingerprint) ?? []);
}

/** Certificates that have ended, or soon will. */
export function certificateProblems(listen: readonly Listener[], nowMs: number): readonly DoorProblem[] {
  return [...certificatesOf(listen).values()]
    .filter((certificate) => certificate.endsMs - nowMs < soonMs(certificate))
    .map(({ name, endsMs, ordered }) => ({
      kind: "certificate",
      message: endingText(name, endsMs, nowMs, "clients refuse"),
      remedy:
        ordered === undefined
          ? "renew it and put it in the place of the old one: it is read without a restart"
          : "it should have been renewed by now: the log says what becomes of its orders",
    }));
}
