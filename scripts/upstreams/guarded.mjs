// Paths and hosts sent to a server, by itself and through a front door that guards one path and one host before it.
import { connect } from "node:net";
import { pathRequest } from "./paths.mjs";
import { MARK } from "./processes.mjs";
import { answersIn } from "./tap.mjs";

const TOGETHER = 12;
const STILL_MS = 2500;
/** A connection is renewed after so many requests: some servers end theirs soon. */
const RENEWED_AFTER = 64;

/** A client that asks one request after the other, on a new connection where the last one ended. */
class Client {
  left = 0;

  constructor(port) {
    this.port = port;
  }

  /** The answer as text; "": none came. */
  async ask(text) {
    const kept = this.socket !== undefined && this.left > 0;
    const answer = await this.once(text);
    // A kept connection may have been ended meanwhile.
    return answer === "" && kept ? await this.once(text) : answer;
  }

  once(text) {
    if (this.socket === undefined || this.socket.destroyed || this.left-- <= 0) {
      this.socket?.destroy();
      this.socket = connect({ port: this.port, host: "127.0.0.1", noDelay: true });
      this.socket.on("error", () => undefined);
      this.left = RENEWED_AFTER;
    }
    const { socket } = this;
    return new Promise((resolve) => {
      let received = "";
      const over = (keep) => {
        clearTimeout(timer);
        socket.off("data", onData);
        socket.off("close", onClose);
        socket.off("end", onClose);
        if (!keep) {
          socket.destroy();
          this.left = 0;
        }
        resolve(received);
      };
      const onData = (chunk) => {
        received += chunk.toString("latin1");
        const { answers } = answersIn(received, ["GET"], false);
        if (answers[0]?.whole && answers[0].framing !== "close")
          over(!/\r\nconnection: *close\r\n/i.test(answers[0].head));
      };
      const onClose = () => over(false);
      const timer = setTimeout(onClose, STILL_MS);
      socket.on("data", onData);
      socket.on("close", onClose);
      socket.on("end", onClose);
      socket.write(text, "latin1");
    });
  }

  close() {
    this.socket?.destroy();
  }
}

/** Sends requests `from` to `from + count` of the seed; `onAnswer(request, text)` for each. */
export async function ask(port, seed, from, count, onAnswer) {
  let next = from;
  const worker = async () => {
    const client = new Client(port);
    for (let nth = next++; nth < from + count; nth = next++) {
      const request = pathRequest(seed, nth);
      onAnswer(request, await client.ask(`GET ${request.target} HTTP/1.1\r\nHost: ${request.host}\r\n\r\n`));
    }
    client.close();
  };
  await Promise.all(Array.from({ length: TOGETHER }, worker));
}

const statusOf = (text) => Number(text.slice(9, 12));

/**
 * Counts of `count` requests: `direct`, those the server takes for the guarded resource when asked by itself; and through
 * the door those that were refused, guarded, passed to the server, and `reached`: passed, and taken for it.
 */
export async function guarded({ door, port, seed, from, count }) {
  const sum = { readings: count, direct: 0, refused: 0, guarded: 0, passed: 0, reached: [] };
  await ask(port, seed, from, count, (_, text) => {
    if (text.includes(MARK)) sum.direct++;
  });
  await ask(door.port, seed, from, count, (request, text) => {
    if (text.includes(MARK)) sum.reached.push(request);
    const route = /\r\nx-fig-route: ([^\r]*)\r\n/i.exec(text)?.[1];
    if (route === "(default)") sum.passed++;
    else if (route !== undefined && statusOf(text) === 200) sum.guarded++;
    else sum.refused++;
  });
  return sum;
}

/** Undefined: the server serves the guarded resource when asked, and the door keeps it. Else what is wrong with the set-up. */
export async function wrongSetUp({ door, port, hosts }) {
  const asked = async (at, target, host) => {
    const client = new Client(at);
    const text = await client.ask(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    client.close();
    return text;
  };
  for (const [target, host] of [["/admin/secret", "a.test"], ...(hosts ? [["/", "secret.example"]] : [])]) {
    if (!(await asked(port, target, host)).includes(MARK)) return `it does not serve ${host}${target}`;
    if (!(await asked(door.port, target, host)).endsWith("guarded")) return `${host}${target} is not guarded`;
  }
  return undefined;
}
