/** Runs cases against one proxy: several child processes, one case at a time in each, each case with its own proxy. */
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../support/free-port.ts";
import { openBlackhole } from "./blackhole.ts";
import type { Case, CaseResult, ProxyKind } from "./contract.ts";
import { CaseFailure } from "./failure.ts";
import { ProxyProcess } from "./proxy-process.ts";
import { Upstream } from "./upstream.ts";
import { Wire } from "./wire.ts";

/** A case that is not over by then hangs. */
export const CASE_DEADLINE_MS = 3000;
/** After a case its ends are destroyed; the proxy gets so long to show that it survives that. */
const AFTERMATH_MS = 10;

async function attempt(one: Case, child: ProxyProcess, deadlineMs: number): Promise<string | undefined> {
  const upstream = new Upstream();
  const clients: Wire[] = [];
  const blackhole = one.upstream === "blackhole" ? await openBlackhole() : undefined;
  const port = blackhole?.port ?? (one.upstream === "refused" ? await freePort() : await upstream.listen());
  try {
    const opened = await child.order({ op: "open", upstreamPort: port, options: one.options ?? {} });
    if (opened.port === undefined) return `the proxy did not start: ${opened.error}`;
    const proxyPort = opened.port;
    const world = {
      upstream,
      client: async () => {
        const wire = new Wire(connect({ port: proxyPort, host: "127.0.0.1", allowHalfOpen: true }));
        clients.push(wire);
        await once(wire.socket, "connect");
        return wire;
      },
      drain: async () => void (await child.order({ op: "drain" })),
    };
    let timer: NodeJS.Timeout | undefined;
    const hang = new Promise<string>((resolve) => {
      timer = setTimeout(() => {
        const waits = [upstream, ...clients, ...upstream.connections].map((wire) => wire.waitingFor);
        const what = waits.find((wait) => wait !== "") ?? "the case";
        const left = clients.length > 0 && clients.every((client) => client.over);
        resolve(`hang: waiting for ${what}${left ? " (the client's connection is closed)" : ""}`);
      }, deadlineMs);
    });
    const crash = child.crashed.then((error) => `the proxy's process died: ${error}`);
    const verdict = one.run(world).then(
      () => upstream.fault?.message,
      (error: unknown) => (error instanceof CaseFailure ? error.message : `the case broke: ${String(error)}`),
    );
    const reason = await Promise.race([verdict, hang, crash]);
    clearTimeout(timer);
    // What the upstream had to object to is why nothing more came.
    return reason?.startsWith("hang") ? (upstream.fault?.message ?? reason) : reason;
  } finally {
    for (const client of clients) client.destroy();
    upstream.close();
    blackhole?.close();
  }
}

/** Undefined: passed. A proxy whose process dies of the case, even once the verdict is in, fails it. */
async function judge(one: Case, child: ProxyProcess, deadlineMs: number): Promise<string | undefined> {
  const reason = await attempt(one, child, deadlineMs);
  await delay(AFTERMATH_MS);
  const { error } = child.dead ? { error: await child.crashed } : await child.order({ op: "close" });
  return reason ?? (child.dead ? `the proxy's process died: ${error}` : undefined);
}

/** Results in the order of `cases`. */
export async function runCases(
  cases: readonly Case[],
  proxy: ProxyKind,
  { parallel = 5, deadlineMs = CASE_DEADLINE_MS } = {},
): Promise<CaseResult[]> {
  const results: CaseResult[] = new Array(cases.length);
  let next = 0;
  const worker = async () => {
    let child = new ProxyProcess(proxy);
    for (;;) {
      const index = next++;
      const one = cases[index];
      if (!one) break;
      const { name, rfc } = one;
      if (one.needs !== undefined && !proxy.features.includes(one.needs)) {
        results[index] = { name, rfc, outcome: "n/a", reason: `no ${one.needs}`, ms: 0 };
        continue;
      }
      const began = performance.now();
      const reason = await judge(one, child, deadlineMs);
      const ms = Math.round(performance.now() - began);
      results[index] = {
        name,
        rfc,
        outcome: reason === undefined ? "pass" : "fail",
        reason: reason ?? "",
        ms,
      };
      if (child.dead) child = new ProxyProcess(proxy);
    }
    child.kill();
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return results;
}
