// The same requests without a front door: whether what came of them is the server's own.
import { connect } from "node:net";
import { STILL_MS } from "./desync.mjs";
import { answersIn, requestsIn } from "./tap.mjs";

/**
 * Sends the requests of `up` to the server on one connection, each when the one before it is answered, as a front door does.
 * Whether the last gets no byte of an answer, and no end of the connection, here either.
 */
export function staysSilent(port, up, stillMs = STILL_MS) {
  const { requests } = requestsIn(up, []);
  const methods = requests.map(({ method }) => method);
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    let received = "";
    let sent = 0;
    let timer;
    const done = (silent) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(silent);
    };
    const sendNext = () => {
      const { from, to } = requests[sent++];
      clearTimeout(timer);
      timer = setTimeout(() => done(sent === requests.length), stillMs);
      socket.write(up.slice(from, to), "latin1");
    };
    socket.on("connect", sendNext);
    socket.on("error", () => done(false));
    socket.on("end", () => done(false));
    socket.on("data", (bytes) => {
      received += bytes.toString("latin1");
      if (sent === requests.length) done(false);
      else if (answersIn(received, methods, false).answers.length === sent) sendNext();
    });
  });
}
