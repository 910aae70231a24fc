import { stat } from "node:fs/promises";
import { messageOf } from "../domain/errors.ts";
import { type LocalRollback, lowerOf } from "../domain/local-rollback.ts";
import {
  isNotThere,
  isSettledThere,
  keepRoom,
  localRollbackPath,
  readLocalRollbackFile,
  settleLocalRollback,
  writeLocalRollback,
} from "./local-rollback-disk.ts";

const LOOK_EVERY_MS = 250;
/** Looks between two tries to write what the disk did not take. */
const LOOKS_A_RETRY = 40;

/** The emergency position of a front door, as its disk has it, or its memory where the disk takes nothing. */
export class LocalRollbackFile {
  readonly path: string;
  private readonly folder: string;
  private onDisk: LocalRollback | undefined;
  /** What the disk did not take. */
  private inMemory: LocalRollback | undefined;
  /** Another front door on this disk wrote it to the ledger, which this one may not have read yet. */
  private elsewhere: LocalRollback | undefined;
  private unwritten: string | undefined;
  /** In the ledger, whatever the disk still says. */
  private settledId: string | undefined;
  /** Why the file cannot be gone by, as the end of a sentence; undefined: it can. */
  private wrong: string | undefined;
  private unremoved: string | undefined;
  private listener: () => void = () => undefined;
  private seen = "";
  private looking = false;
  private looks = 0;
  private timer: NodeJS.Timeout | undefined;

  private constructor(folder: string) {
    this.folder = folder;
    this.path = localRollbackPath(folder);
  }

  /** `room`: disk is set aside for it, so that a full one takes it too. */
  static async open(folder: string, { room }: { readonly room: boolean }): Promise<LocalRollbackFile> {
    const file = new LocalRollbackFile(folder);
    await file.look();
    if (room) await keepRoom(file.path);
    file.timer = setInterval(() => void file.look(), LOOK_EVERY_MS).unref();
    return file;
  }

  get held(): LocalRollback | undefined {
    const disk = this.onDisk?.id === this.settledId ? undefined : this.onDisk;
    return [this.inMemory, disk, this.elsewhere]
      .filter((each) => each !== undefined)
      .reduce<LocalRollback | undefined>((held, each) => (held ? lowerOf(held, each) : each), undefined);
  }

  /** What is wrong with it, as a sentence; undefined: nothing. */
  get problem(): string | undefined {
    if (this.inMemory !== undefined)
      return `the emergency position of this front door is in its memory alone and does not outlive a restart: ${this.path} cannot be written (${this.unwritten})`;
    if (this.unremoved !== undefined)
      return `${this.path} is in the ledger but cannot be removed (${this.unremoved}): take it away`;
    return this.wrong === undefined ? undefined : `${this.path} holds no emergency position: ${this.wrong}`;
  }

  onChange(listener: () => void): void {
    this.listener = listener;
  }

  /** In force at once. Gives the file it is in; undefined: the disk does not take it, and a restart forgets it. */
  async hold(given: LocalRollback): Promise<string | undefined> {
    this.inMemory = lowerOf(given, this.held);
    this.unwritten = "it was not tried yet";
    this.listener();
    await this.write();
    return this.inMemory === undefined ? this.path : undefined;
  }

  /** It is in the ledger now: the file goes, unless it holds something newer. Never rejects. */
  async settled(id: string): Promise<void> {
    this.settledId = id;
    if (this.inMemory?.id === id) this.inMemory = undefined;
    if (this.elsewhere?.id === id) this.elsewhere = undefined;
    try {
      await settleLocalRollback(this.path, id);
      this.unremoved = undefined;
      await keepRoom(this.path);
    } catch (error) {
      this.unremoved = messageOf(error);
    }
    await this.look();
    this.listener();
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** Who wrote over a file that could not be read any more did not see what it held: that is in force still. */
  private async keepBeside(now: LocalRollback, damaged: LocalRollback): Promise<void> {
    const both = lowerOf(now, damaged);
    if (Object.entries(both.routes).every(([id, modern]) => now.routes[id] === modern)) return;
    this.inMemory = both;
    this.unwritten = "it was not tried yet";
    await this.write();
  }

  private async write(): Promise<void> {
    const { inMemory } = this;
    if (inMemory === undefined) return;
    try {
      const { held } = await writeLocalRollback(this.folder, inMemory);
      if (this.inMemory !== inMemory) return;
      this.onDisk = held;
      this.inMemory = undefined;
      this.listener();
    } catch (error) {
      this.unwritten = messageOf(error);
    }
  }

  /** What cannot be read leaves in force what was: a half-written file must not raise modern again. */
  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      if (++this.looks % LOOKS_A_RETRY === 0) await this.write();
      const seen = await stat(this.path, { bigint: true }).then(
        ({ ino, mtimeNs, size }) => `${ino} ${mtimeNs} ${size}`,
        // A disk that fails did not take it away.
        (error: unknown) => (isNotThere(error) ? "" : messageOf(error)),
      );
      if (seen === this.seen) return;
      const now = seen === "" ? undefined : await readLocalRollbackFile(this.path);
      const gone = now === undefined ? this.onDisk : undefined;
      this.seen = seen;
      if (gone !== undefined && gone.id !== this.settledId && (await isSettledThere(this.path, gone.id)))
        this.elsewhere = gone;
      const damaged = this.wrong !== undefined ? this.onDisk : undefined;
      this.wrong = typeof now === "string" ? now : undefined;
      if (now === undefined) this.unremoved = undefined;
      if (typeof now !== "string") this.onDisk = now;
      if (typeof now === "object" && damaged !== undefined) await this.keepBeside(now, damaged);
      this.listener();
    } finally {
      this.looking = false;
    }
  }
}
