import { durationText } from "./wording.ts";

/** Before the end, for so long, a certificate is a problem: renewal that works by itself would have happened. */
export const ENDS_SOON_MS = 14 * 24 * 3_600_000;

/** A certificate that the front door shows its clients, or an upstream. */
export interface CertificateState {
  /** As messages and metrics call it: its first name, or its file. */
  readonly name: string;
  /** Names that it is for, lower-case; `*.example.com` stands for one label. */
  readonly names: readonly string[];
  /** Of the certificate, SHA-256, lower-case hex. */
  readonly fingerprint: string;
  /** When it ends, ISO 8601. */
  readonly endsAt: string;
  /** The upstream that it is shown to; left out: clients are shown it. */
  readonly upstream?: string;
}

/** A sentence that a certificate ends soon or has ended. `whom`: who refuses it then. */
export function endingText(name: string, endsMs: number, nowMs: number, whom: string): string {
  const at = new Date(endsMs).toISOString();
  return endsMs > nowMs
    ? `the certificate of ${name} ends in ${durationText(endsMs - nowMs)}, at ${at}`
    : `the certificate of ${name} has ended at ${at}: ${whom} it`;
}
