import { head } from "./bytes.mjs";
import { send } from "./sockets.mjs";

function filled(text, bytes) {
  return { text: text.repeat(Math.floor(bytes / text.length)), count: Math.floor(bytes / text.length) };
}

/** As many requests as 64 KiB hold, in one write; the last one closes. */
function pipelined(path) {
  const { text } = filled(head("GET", path), 64 * 1024);
  const bytes = text + head("GET", path, ["Connection: close"]);
  return (port) => send(port, bytes, () => false);
}

/** Many messages in one read. */
export const pipelineCases = [
  { name: "64 KiB of pipelined requests", status: 200, peer: true, abuse: pipelined("/calm") },
];
