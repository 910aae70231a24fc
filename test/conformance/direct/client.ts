/** The client: sends a case's bytes, and takes down what comes back and how it ends. */
import { connect } from "node:net";
import type { Stillness } from "../differential/client.ts";
import { afterTurns, writePieces } from "../differential/turns.ts";
import { type Case, textOf } from "./cases.ts";
import { type Message, readAnswer, statusOf } from "./message.ts";
import { PROBE, type Script } from "./server.ts";

/** One request's answer and the interim ones before it, as far as they came. */
export interface Answered {
  readonly interims: readonly Message[];
  readonly final: Message | undefined;
}

export interface Received {
  readonly text: string;
  readonly closed: boolean;
  readonly reset: boolean;
  /** Written behind the last answer, to see whether the connection goes on. */
  readonly probed: boolean;
}

const PROBE_TEXT = `GET ${PROBE} HTTP/1.1\r\nHost: shop.test\r\nX-Request-Id: probe\r\n\r\n`;

export function answersIn(text: string, methods: readonly string[], ended: boolean): Answered[] {
  const answers: Answered[] = [];
  let interims: Message[] = [];
  for (let at = 0; at < text.length; ) {
    const read = readAnswer(text, at, methods[answers.length] ?? "GET", ended);
    if (read === undefined) break;
    at = read.next;
    const { message } = read;
    const status = statusOf(message);
    if (message.whole && message.faults.size === 0 && status < 200 && status !== 101) {
      interims.push(message);
      continue;
    }
    answers.push({ interims, final: message });
    interims = [];
  }
  if (interims.length > 0) answers.push({ interims, final: undefined });
  return answers;
}

export function drive(
  one: Case,
  port: number,
  localAddress: string,
  methods: readonly string[],
  script: Script,
  stillness: Stillness,
  patience: number,
): Promise<Received> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", localAddress, noDelay: true, allowHalfOpen: true });
    let text = "";
    let [closed, reset, written, probed, over] = [false, false, false, false, false];
    const finish = () => {
      if (over) return;
      over = true;
      watch.stop();
      socket.destroy();
      resolve({ text, closed, reset, probed });
    };
    const watch = stillness.watch(finish, patience);
    script.onActivity = watch.touch;
    script.onSilent = () => {
      if (one.finish === "reset") afterTurns(6, () => socket.resetAndDestroy());
    };
    const look = () => {
      const answers = answersIn(text, methods, false);
      const whole = answers.filter(({ final }) => final?.whole === true && statusOf(final) !== 101);
      if (!written || one.finish === "half-close" || whole.length < methods.length) return;
      if (whole.length > methods.length) finish();
      else if (!probed) {
        probed = true;
        // What ends the connection comes with the answer or right behind it.
        afterTurns(4, () => {
          if (!over && socket.writable) socket.write(PROBE_TEXT);
        });
      }
    };
    socket.on("data", (chunk: Buffer) => {
      watch.touch();
      text += chunk.toString("latin1");
      look();
    });
    socket.on("end", () => {
      closed = true;
      finish();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET" || error.code === "EPIPE") reset = true;
    });
    socket.on("close", () => {
      closed = true;
      // What the server notices of a reset, it notices now.
      if (one.finish === "reset") afterTurns(30, finish);
      else finish();
    });
    socket.on("connect", () => {
      const write = (piece: string): boolean => {
        watch.touch();
        if (!socket.destroyed && socket.writable) socket.write(piece, "latin1");
        return !socket.destroyed;
      };
      writePieces(write, textOf(one), one.cuts, () => {
        written = true;
        if (one.finish === "half-close") socket.end();
        look();
      });
    });
  });
}
