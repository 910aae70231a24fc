import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { first, onCore } from "./cores.mjs";

const PROGRAM = fileURLToPath(new URL("bystander-process.mjs", import.meta.url));

/** Honest clients of `port`, and probes of `adminPort` unless it is undefined, which ask until they are closed. */
export class Bystanders {
  #child;

  constructor(port, adminPort) {
    const ports = [port, adminPort].filter((each) => each !== undefined);
    this.#child = fork(PROGRAM, ports.map(String));
    onCore("load", this.#child.pid);
    first(this.#child.pid);
  }

  /** What they waited since the last call, ms, and how many of all failed. */
  async take() {
    this.#child.send("take");
    const [waited] = await once(this.#child, "message");
    return waited;
  }

  async close() {
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }
}
