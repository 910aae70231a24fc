import { chunksOf, head } from "./bytes.mjs";
import { send } from "./sockets.mjs";

const BODY_BYTES = 6_000_000;

function shadowed(size) {
  const bytes = [
    head("GET", "/shadowed/sink", ["Transfer-Encoding: chunked"]),
    chunksOf(size, BODY_BYTES),
    "0\r\n\r\n",
  ];
  return (port) => send(port, bytes);
}

/** `many` small requests whose shadows are answered by more than anybody asked for. */
function answered(path, many) {
  return async (port) => {
    const all = await Promise.all(
      Array.from({ length: many }, () => send(port, head("GET", `/shadowed${path}`))),
    );
    return all[0];
  };
}

/** What is kept for shadows and comparisons. */
export const shadowCases = [
  ...[1, 10, 100].map((size) => ({
    name: `shadowed GET of 6 MB in ${size}-byte chunks`,
    status: 200,
    abuse: shadowed(size),
  })),
  ...[1, 10, 100].map((size) => ({
    name: `12 shadows answered with 6 MB in ${size}-byte chunks`,
    status: 200,
    abuse: answered(`/chunks/${size}`, 12),
  })),
  ...[1, 60_000].map((size) => ({
    name: `12 shadows answered without end in ${size}-byte chunks`,
    status: 200,
    counter: "fig_not_compared_total",
    abuse: answered(`/endless/${size}`, 12),
  })),
];
