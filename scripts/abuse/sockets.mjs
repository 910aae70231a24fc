import { once } from "node:events";
import { connect } from "node:net";

/** Gives up what gets no answer. */
const PATIENCE_MS = 30_000;

/**
 * Sends `bytes` on a connection of its own and reads until the answer's end, or the connection's. Gives the status, 0 for
 * none, and how many bytes came. `enough(text, bytes)`: the answer is whole.
 */
export async function send(
  port,
  bytes,
  enough = (tail) => tail.endsWith("\r\n0\r\n\r\n") || tail.endsWith("ok"),
) {
  const socket = connect(port, "127.0.0.1");
  socket.setTimeout(PATIENCE_MS, () => socket.destroy());
  let status = 0;
  let got = 0;
  let tail = "";
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    if (got === 0) status = Number(/^HTTP\/1\.\d (\d+)/.exec(chunk.toString("latin1", 0, 20))?.[1] ?? 0);
    got += chunk.length;
    tail = (tail + chunk.toString("latin1", Math.max(0, chunk.length - 16))).slice(-16);
    if (enough(tail, got)) socket.destroy();
  });
  for (const part of [bytes].flat()) socket.write(part);
  await once(socket, "close");
  return { status, bytes: got };
}
