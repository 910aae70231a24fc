import type { Socket } from "node:net";
import { writeParts } from "../../wire/blocks.ts";

/** Body bytes up to this are joined with the head before them into one write. */
const JOIN_BYTES = 8 * 1024;

/** Writes requests to one connection: a head and the small body that is often there already as one. */
export class RequestWriter {
  private readonly socket: Socket;
  /** The head and small body bytes, until the end of this turn. */
  private unsent = "";

  constructor(socket: Socket) {
    this.socket = socket;
  }

  /** `hasBody`: more may follow in this turn. */
  head(text: string, hasBody: boolean): void {
    if (!hasBody) {
      this.socket.write(text, "latin1");
      return;
    }
    this.unsent = text;
    process.nextTick(flushWriter, this);
  }

  /** Body bytes between what frames them, copied. False: wait for the socket's drain. */
  body(before: string, chunk: Uint8Array, after: string): boolean {
    const { unsent } = this;
    const ahead = unsent + before;
    this.unsent = "";
    if (ahead === "" || chunk.length > JOIN_BYTES) return writeParts(this.socket, ahead, chunk, after);
    const text = ahead + Buffer.prototype.toString.call(chunk, "latin1") + after;
    if (unsent === "" || text.length > JOIN_BYTES) return this.socket.write(text, "latin1");
    this.unsent = text;
    return true;
  }

  /** The request's last bytes. */
  end(tail: string): void {
    this.unsent += tail;
    this.flush();
  }

  flush(): void {
    const text = this.unsent;
    this.unsent = "";
    if (text !== "" && !this.socket.destroyed) this.socket.write(text, "latin1");
  }
}

function flushWriter(writer: RequestWriter): void {
  writer.flush();
}
