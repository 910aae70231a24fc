import { connect } from "node:net";
import { Sum } from "./bodies.mjs";

/** Reads whole answers with a Content-Length, or up to the end of the connection, from a socket that is its own. */
export class RawAnswers {
  constructor(port) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("error", (error) => {
      this.error = error;
    });
  }

  /** The next `count` answers as { status, sum }; fails where the connection ends before them. */
  async read(count, write) {
    const answers = [];
    let rest = Buffer.alloc(0);
    let open;
    write(this.socket);
    for await (const chunk of this.socket) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (;;) {
        if (open === undefined) {
          const end = rest.indexOf("\r\n\r\n");
          if (end < 0) break;
          const head = rest.toString("latin1", 0, end);
          const length = /content-length: (\d+)/i.exec(head)?.[1];
          open = {
            status: Number(head.slice(9, 12)),
            sum: new Sum(),
            left: length === undefined ? Infinity : Number(length),
          };
          rest = rest.subarray(end + 4);
        }
        const take = rest.subarray(0, Math.min(rest.length, open.left));
        open.sum.take(take);
        open.left -= take.length;
        rest = rest.subarray(take.length);
        if (open.left > 0) break;
        answers.push(open);
        open = undefined;
        if (answers.length === count) return answers;
      }
    }
    if (open?.left === Infinity) answers.push(open);
    if (answers.length < count)
      throw this.error ?? new Error(`the connection ended after ${answers.length} of ${count} answers`);
    return answers;
  }

  close() {
    this.socket.destroy();
  }
}
