import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { messageOf } from "../domain/errors.ts";
import type { Ask, AskFailure, Question, Reply } from "./contract.ts";

/** A connection that carried nothing for so long is closed: less than most servers keep theirs. */
const IDLE_MS = 4_000;
/** Connections kept open without a request, for each host. */
const MAX_IDLE_CONNECTIONS = 32;

/** A kept connection broke. What could not be written did not arrive whole; of what was written nobody knows (`doubtful`). */
type Stale = "stale" | "doubtful";

const KEPT = { keepAlive: true, maxFreeSockets: MAX_IDLE_CONNECTIONS, timeout: IDLE_MS };

const NO_CONNECTION: ReadonlySet<string> = new Set([
  ...["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"],
  ...["EADDRNOTAVAIL", "ENOENT", "ENETDOWN", "EHOSTDOWN"],
]);

/**
 * Node's own HTTP client with connections that are kept. What is asked here is asked now and then, and its answers are small and
 * kept: none of it needs what upstreams have (pools by address, health, retries).
 */
export class HttpAsker {
  private readonly plain = new HttpAgent(KEPT);
  private readonly secure = new HttpsAgent(KEPT);

  readonly ask: Ask = async (question) => {
    const first = await this.once(question);
    // It closed a connection that was kept.
    if (first !== "stale" && first !== "doubtful") return first;
    const second = await this.fresh(question);
    // The first may have arrived.
    const unsaid = first === "doubtful" && second.kind === "failed" && second.why === "unreachable";
    return unsaid ? { ...second, why: "broken" } : second;
  };

  /** Closes every connection. */
  close(): void {
    this.plain.destroy();
    this.secure.destroy();
  }

  private async fresh(question: Question): Promise<Reply> {
    const again = await this.once(question, true);
    return again === "stale" || again === "doubtful"
      ? { kind: "failed", why: "broken", detail: "the connection was closed" }
      : again;
  }

  private once(question: Question, anew = false): Promise<Reply | Stale> {
    const { url, method, headers, body: given, signal, single = false } = question;
    // With a text, Node sends the fields in its encoding too: their bytes would be others.
    const body = typeof given === "string" ? Buffer.from(given) : given;
    if (signal.aborted) return Promise.resolve({ kind: "failed", why: "ended", detail: "given up" });
    return new Promise((settle) => {
      // Not Node's own `signal`: it destroys with an error, which nobody hears on a connection whose answer has just come whole.
      const giveUp = () => asked.destroy();
      const resolve = (reply: Reply | Stale) => {
        signal.removeEventListener("abort", giveUp);
        settle(reply);
      };
      const secure = url.protocol === "https:";
      const failed = (why: AskFailure, detail: string) => resolve({ kind: "failed", why, detail });
      const length = body === undefined ? {} : { "content-length": body.length };
      const options = { method, headers: { ...headers, ...length } };
      const agent = anew ? false : secure ? this.secure : this.plain;
      let connected = false;
      let asked: ClientRequest;
      try {
        asked = (secure ? httpsRequest : httpRequest)(url, { ...options, agent });
      } catch (error) {
        failed("broken", messageOf(error));
        return;
      }
      signal.addEventListener("abort", giveUp);
      asked.on("response", (answer) => readAnswer(answer, question, resolve));
      asked.on("upgrade", (_answer, socket) => {
        socket.destroy();
        failed("broken", "it switched protocols");
      });
      asked.on("socket", (socket) => {
        connected = !socket.connecting;
        // A kept connection has no more of these: its listeners would pile up.
        if (!connected)
          socket.once("connect", () => {
            connected = true;
          });
      });
      asked.on("error", (error: NodeJS.ErrnoException) => {
        const { code = "" } = error;
        const reset = code === "ECONNRESET" && !single;
        if (signal.aborted) failed("ended", "given up");
        else if (asked.reusedSocket && (code === "EPIPE" || reset)) resolve(reset ? "doubtful" : "stale");
        else {
          // A network that goes away under a connection has these errors too.
          const unreachable = !connected && NO_CONNECTION.has(code);
          failed(unreachable ? "unreachable" : "broken", code === "" ? messageOf(error) : code);
        }
      });
      asked.end(body);
    });
  }
}

function readAnswer(
  answer: IncomingMessage,
  { signal, maxBytes, reserve, taker: takerOf }: Question,
  done: (reply: Reply) => void,
): void {
  const chunks: Buffer[] = [];
  const taker = takerOf?.(answer.statusCode as number, answer.rawHeaders);
  let bytes = 0;
  taker?.onBegin(() => answer.resume());
  answer.on("data", (chunk: Buffer) => {
    if (taker !== undefined) {
      if (!taker.onData(chunk)) answer.pause();
      return;
    }
    bytes += chunk.length;
    if (bytes > maxBytes || reserve?.(chunk.length) === false) {
      const detail =
        bytes > maxBytes ? `its answer is longer than ${maxBytes} bytes` : "no memory is left for its answer";
      done({ kind: "failed", why: "too_large", detail });
      answer.destroy();
    } else {
      chunks.push(chunk);
    }
  });
  answer.on("end", () => {
    done({
      kind: "answered",
      status: answer.statusCode as number,
      headers: answer.rawHeaders,
      body: Buffer.concat(chunks),
    });
  });
  answer.on("error", (error) => {
    done({ kind: "failed", why: signal.aborted ? "ended" : "broken", detail: messageOf(error) });
  });
  answer.on("close", () => {
    done({ kind: "failed", why: signal.aborted ? "ended" : "broken", detail: "it broke off" });
  });
}
