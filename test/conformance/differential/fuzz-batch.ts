/** Chaos on both sides of a front door: damaged streams, answers of every kind, resets, pauses and half-closes. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import {
  type Answer,
  bodilessAnswer,
  brokenAnswer,
  chunkedAnswer,
  damagedAnswer,
  earlyAnswer,
  hungAnswer,
  informedAnswer,
  malformedAnswer,
  oddAnswer,
  sizedAnswer,
  untilCloseAnswer,
} from "./answers.ts";
import type { Random } from "./random.ts";
import { readRecorded } from "./reader.ts";
import { damagedText } from "./requests.ts";
import { randomStream, textOf } from "./streams.ts";
import { writePieces } from "./turns.ts";

const ANSWERS: readonly ((random: Random, method: string) => Answer)[] = [
  ...[sizedAnswer, sizedAnswer, sizedAnswer, chunkedAnswer, chunkedAnswer, bodilessAnswer, informedAnswer],
  ...[untilCloseAnswer, oddAnswer, earlyAnswer, brokenAnswer, malformedAnswer, damagedAnswer, hungAnswer],
];

/** An upstream that may do anything. */
export class ChaosUpstream {
  random: Random;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(random: Random) {
    this.random = random;
    this.server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.serve(socket));
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", 1024, resolve));
    return (this.server.address() as AddressInfo).port;
  }

  reset(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.reset();
    this.server.close();
  }

  private serve(socket: Socket): void {
    const { random } = this;
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("error", () => undefined);
    socket.on("end", () => socket.end());
    if (random.chance(0.01)) {
      socket.resetAndDestroy();
      return;
    }
    let text = "";
    let answered = false;
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      for (;;) {
        const read = readRecorded(text, 0, undefined, false);
        if (read === undefined) return;
        const { message } = read;
        if (!answered && (message.whole || random.chance(0.2))) {
          answered = true;
          this.answer(socket, message.head.slice(0, message.head.indexOf(" ")));
        }
        if (!message.whole) return;
        text = text.slice(read.next);
        answered = false;
        if (text === "") return;
      }
    });
  }

  private answer(socket: Socket, method: string): void {
    const { random } = this;
    const answer = random.pick(ANSWERS)(random, random.chance(0.98) ? method : "GET");
    switch (random.below(40)) {
      case 0:
        socket.resetAndDestroy();
        return;
      case 1:
        socket.end();
        return;
      case 2:
        socket.pause();
        setTimeout(() => socket.resume(), random.below(60));
        break;
      case 3:
        setTimeout(() => socket.destroy(), random.below(20));
        break;
    }
    const write = (piece: string): boolean => {
      if (!socket.destroyed && socket.writable) socket.write(piece, "latin1");
      return !socket.destroyed && socket.writable;
    };
    writePieces(write, answer.text, answer.cuts, () => {
      if (answer.after === "end") socket.end();
      else if (answer.after === "reset") socket.resetAndDestroy();
    });
  }
}

/** One client with its stream, over at the latest after `mostMs`; resolves with the number of requests it began. */
function chaosClient(random: Random, port: number, mostMs: number): Promise<number> {
  return new Promise((resolve) => {
    const stream = randomStream(random, "/s/");
    const whole = textOf(stream);
    const text = random.chance(0.3) ? damagedText(random, whole) : whole;
    const cuts = random.chance(0.1)
      ? Array.from({ length: Math.min(text.length, 200) }, (_, i) => i + 1)
      : stream.cuts;
    const behaviour = random.below(12);
    const lastMs = random.below(mostMs);
    const stopAt = random.chance(0.2) ? random.below(text.length + 1) : text.length;
    const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: random.chance(0.5) });
    const timers: NodeJS.Timeout[] = [];
    const after = (ms: number, then: () => void) => timers.push(setTimeout(then, ms));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      for (const timer of timers) clearTimeout(timer);
      resolve(stream.exchanges.length);
    });
    if (behaviour !== 0) socket.resume();
    after(mostMs, () => socket.destroy());
    if (behaviour === 1) after(lastMs, () => socket.resetAndDestroy());
    else if (behaviour === 2) after(lastMs, () => socket.destroy());
    else if (behaviour === 3) after(lastMs, () => socket.end());
    else if (behaviour === 4) {
      after(lastMs / 2, () => socket.pause());
      after(lastMs, () => socket.resume());
    }
    socket.on("connect", () => {
      const write = (piece: string): boolean => {
        if (!socket.destroyed && socket.writable) socket.write(piece, "latin1");
        return !socket.destroyed && socket.writable;
      };
      writePieces(
        write,
        text.slice(0, stopAt),
        cuts.filter((cut) => cut < stopAt),
        () => {
          if (behaviour === 5) socket.end();
          else if (behaviour === 6) socket.resetAndDestroy();
          else if (behaviour > 6) after(lastMs, () => socket.destroy());
        },
      );
    });
  });
}

/** `clients` of them, `together` at a time; resolves with the number of requests when all are over. */
export async function chaosBatch(
  random: Random,
  port: number,
  clients: number,
  together: number,
): Promise<number> {
  let left = clients;
  let requests = 0;
  const worker = async () => {
    while (left-- > 0) {
      const begun = await chaosClient(random, port, random.chance(0.02) ? 1200 : 150);
      requests += begun;
    }
  };
  await Promise.all(Array.from({ length: together }, worker));
  return requests;
}
