import type { Listener } from "../domain/config.ts";
import { messageOf } from "../domain/errors.ts";
import type { Log } from "../observe/contract.ts";
import type { ServingMessages } from "../serving/contract.ts";
import { fingerprints } from "./certificates.ts";
import type { Files } from "./files.ts";

interface Parts {
  readonly files: Pick<Files, "listeners" | "complete">;
  readonly serving: Pick<ServingMessages, "renew">;
  readonly log: Log;
}

/**
 * The certificates that are in force. Other ones come in force as soon as their files are whole, ahead of the reload that reads all files: that
 * takes longer, and may wait for files that do not pass.
 */
export class CertificatesInForce {
  listen: readonly Listener[];
  private readonly files: Parts["files"];
  private readonly serving: Pick<ServingMessages, "renew">;
  private readonly log: Log;
  private running: Promise<void> | undefined;
  private again = false;

  constructor(listen: readonly Listener[], { files, serving, log }: Parts) {
    this.listen = listen;
    this.files = files;
    this.serving = serving;
    this.log = log;
  }

  /** Other files are in force. */
  async reloaded(listen: readonly Listener[]): Promise<void> {
    this.listen = listen;
    // They may be older than what was renewed while they were read.
    await this.renew();
  }

  /** Never rejects. */
  renew(): Promise<void> {
    this.again = true;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async run(): Promise<void> {
    while (this.again) {
      this.again = false;
      try {
        await this.once();
      } catch (error) {
        this.log.error({ reason: messageOf(error) }, "certificates could not be put in force");
      }
    }
  }

  private async once(): Promise<void> {
    // Files that do not pass must not keep a certificate from being renewed that is in none of them.
    const listen = await this.files.complete((await this.files.listeners()) ?? this.listen);
    const now = fingerprints(listen);
    if (now.join() === fingerprints(this.listen).join()) return;
    await this.serving.renew(listen);
    this.listen = listen;
    this.log.info({ certificates: now.length }, "certificates renewed");
  }
}
