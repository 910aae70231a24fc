import { chunksOf, head } from "./bytes.mjs";
import { send } from "./sockets.mjs";

const BODY_BYTES = 6_000_000;
const SIZES = [1, 10, 100];
const LAST = Buffer.from("0\r\n\r\n");

function body(method, size) {
  const chunks = chunksOf(size, BODY_BYTES);
  const bytes = [Buffer.from(head(method, "/sink", ["Transfer-Encoding: chunked"])), chunks, LAST];
  return (port) => send(port, bytes);
}

/** A body, and an answer, in chunks that are far smaller than what frames them. */
export const chunkCases = SIZES.flatMap((size) => [
  { name: `GET of 6 MB in ${size}-byte chunks`, status: 200, peer: true, abuse: body("GET", size) },
  { name: `POST of 6 MB in ${size}-byte chunks`, status: 200, peer: true, abuse: body("POST", size) },
  {
    name: `answer of 6 MB in ${size}-byte chunks`,
    status: 200,
    peer: true,
    abuse: (port) => send(port, head("GET", `/chunks/${size}`), (tail) => tail.endsWith("0\r\n\r\n")),
  },
]);
