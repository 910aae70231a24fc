import { expect, test } from "vitest";
import { CHUNKED, NO_BODY } from "../../../src/domain/message.ts";
import type { RequestHead } from "../../../src/lanes/contract.ts";
import { type AnsweredConnection, FastRequest } from "../../../src/lanes/fast/request.ts";

const HEAD: RequestHead = {
  method: "GET",
  target: "/",
  version: "1.1",
  headers: [],
  framing: NO_BODY,
  upgrade: false,
  expectContinue: false,
  remoteAddress: "127.0.0.1",
  encrypted: false,
  certificate: undefined,
};

/** A connection whose client has taken nothing of what it was sent. */
class Stuck implements AnsweredConnection {
  awaitingDrain = false;
  readonly sent: string[] = [];
  send(text: string): boolean {
    this.sent.push(text);
    this.awaitingDrain = true;
    return false;
  }
  sendParts(): boolean {
    return false;
  }
  resumeBody(): void {}
  pauseBody(): void {}
  breakOff(): void {}
  onAnswered(): void {}
  sendLast(): void {}
  openTunnel(): this {
    return this;
  }
}

test("small chunks that come one by one hold the upstream back once the client does not read", () => {
  const connection = new Stuck();
  const request = new FastRequest(connection, HEAD, false);
  request.respond(200, "OK", [], CHUNKED, false);
  expect(request.write(Buffer.from("one"))).toBe(true);
  request.flush();
  expect(connection.sent.join("")).toContain("3\r\none\r\n");
  expect(request.write(Buffer.from("two"))).toBe(false);
  expect(connection.sent.at(-1)).toBe("3\r\ntwo\r\n");
});
