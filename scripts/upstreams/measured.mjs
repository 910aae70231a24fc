// One server's row: both corpora, through every lane.
import { desync, UNANSWERED } from "./desync.mjs";
import { staysSilent } from "./direct.mjs";
import { LANES, openDoor } from "./doors.mjs";
import { guarded, wrongSetUp } from "./guarded.mjs";
import { debianVersion, startServer } from "./processes.mjs";
import { Tap } from "./tap.mjs";

export async function desyncInLane(lane, port, guard, { seed, count, onProgress }) {
  const tap = new Tap(port);
  const door = await openDoor(lane, await tap.listen(), guard.port);
  try {
    return await desync({ door, tap, seed, count, onProgress });
  } finally {
    await door.close();
    tap.close();
  }
}

/** Throws what hinders the measurement. */
export async function measured(server, guard, { requests, paths, seed, tell }) {
  const { name, family, hosts = true } = server;
  const running = await startServer(server);
  const version = server.version === "" ? process.version.slice(1) : debianVersion(server.version);
  const row = { name, family, version, sent: 0, forwarded: 0, disagreements: [], unanswered: [] };
  try {
    for (const lane of LANES) {
      const onProgress = ({ sent, disagreements }) =>
        tell(`${name}, ${lane}: ${sent} requests, ${disagreements.length} disagreements\n`);
      const sum = await desyncInLane(lane, running.port, guard, { seed, count: requests, onProgress });
      row.sent += sum.sent;
      row.forwarded += sum.forwarded;
      for (const { what, head, up } of sum.disagreements) {
        const own = what === UNANSWERED && (await staysSilent(running.port, up));
        row[own ? "unanswered" : "disagreements"].push({ lane, what, head });
      }
    }
    const sums = { readings: 0, direct: 0, refused: 0, guarded: 0, passed: 0, reached: [] };
    const share = Math.ceil(paths / LANES.length);
    for (const [at, lane] of LANES.entries()) {
      const door = await openDoor(lane, running.port, guard.port);
      try {
        const wrong = await wrongSetUp({ door, port: running.port, hosts });
        if (wrong !== undefined) throw new Error(wrong);
        const sum = await guarded({ door, port: running.port, seed, from: at * share, count: share });
        for (const key of Object.keys(sum))
          sums[key] = Array.isArray(sum[key]) ? [...sums[key], ...sum[key]] : sums[key] + sum[key];
        tell(`${name}, ${lane}: ${share} paths, ${sum.reached.length} reach what is guarded\n`);
      } finally {
        await door.close();
      }
    }
    return { ...row, ...sums };
  } finally {
    await running.stop();
  }
}
