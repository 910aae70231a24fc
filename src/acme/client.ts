import { AsyncLocalStorage } from "node:async_hooks";
import { Agent } from "node:https";
import { rootCertificates } from "node:tls";
import type { AcmeSettings } from "../domain/acme.ts";

export type AcmeLibrary = typeof import("acme-client");

/** Until an authority has answered one request whole, ms. */
const ANSWER_MS = 30_000;
/** The largest answer that is read. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** The longest pause that an authority may ask for (Retry-After). */
const MAX_PAUSE_MS = 24 * 3_600_000;

/** What one talk with an authority has, and learns. */
interface Talk {
  readonly agent: Agent;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** It asked not to be asked again for so long, ms. */
  pauseMs: number;
}

/** The library keeps one HTTP client for the whole process: each request finds by this whose it is. */
const talks = new AsyncLocalStorage<Talk>();
let library: Promise<AcmeLibrary> | undefined;

/** Loaded when a certificate is ordered for the first time: nobody else pays for it. */
export function loadAcme(): Promise<AcmeLibrary> {
  library ??= import("acme-client").then(prepared);
  return library;
}

function prepared(acme: AcmeLibrary): AcmeLibrary {
  const { axios } = acme;
  // The library's own try again for as long as an authority says, and forget what failed.
  axios.interceptors.request.clear();
  axios.interceptors.response.clear();
  axios.interceptors.request.use((config) => {
    const talk = talks.getStore();
    if (talk === undefined) throw new Error("a request to an authority outside of a talk with it");
    return Object.assign(config, {
      httpsAgent: talk.agent,
      signal: AbortSignal.any([talk.signal, AbortSignal.timeout(ANSWER_MS)]),
      ...{ maxContentLength: MAX_ANSWER_BYTES, maxRedirects: 2 },
    });
  });
  axios.interceptors.response.use((response) => {
    const talk = talks.getStore();
    if (talk !== undefined && (response.status === 429 || response.status === 503))
      talk.pauseMs = Math.max(talk.pauseMs, pauseOf(response.headers["retry-after"]));
    return response;
  });
  return acme;
}

/** A Retry-After in seconds; ones with dates are left to our own pauses. */
function pauseOf(text: unknown): number {
  const seconds = typeof text === "string" && /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return Math.min(seconds * 1000, MAX_PAUSE_MS);
}

/** Runs `work`, whose requests trust whom the settings name, and end with `signal`. */
export async function talking<T>(
  { ca }: AcmeSettings,
  signal: AbortSignal,
  work: (acme: AcmeLibrary, talk: Talk) => Promise<T>,
): Promise<T> {
  const acme = await loadAcme();
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 2,
    ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
  });
  const talk: Talk = { agent, signal, pauseMs: 0 };
  try {
    return await talks.run(talk, () => work(acme, talk));
  } finally {
    agent.destroy();
  }
}
