/** The thread that owns the state file: a sync to disk here stalls no client of the front door. */
import { parentPort, workerData } from "node:worker_threads";
import { storeErrorOf } from "./sqlite-errors.ts";
import type {
  CallMessage,
  CallName,
  Calls,
  StoredError,
  WorkerMessage,
  WorkerSettings,
} from "./sqlite-protocol.ts";
import type { SqliteSession } from "./sqlite-session.ts";

/** How often new entries of other processes are looked for. */
const POLL_MS = 100;
/** While the file is gone: every so many polls it is tried to open what is at its path. */
const POLLS_TO_REOPEN = 5;

type Handlers = {
  readonly [Name in CallName]: (session: SqliteSession, takes: Calls[Name]["takes"]) => Calls[Name]["gives"];
};

const handlers: Handlers = {
  append(session, call) {
    const result = session.ledger.append(call);
    // Written to a file that is no longer at its path is not written.
    session.ensureInPlace();
    return result;
  },
  read: (session, { after, limit }) => session.ledger.read(after, limit),
  noteDefinitions: (session, { now, routes }) => session.definitions.note(now, routes),
  readDefinitions: (session) => session.definitions.readAll(),
  putCounts(session, { door, now, counts }) {
    session.evidence.put(door, now, counts);
    return undefined;
  },
  doorsAlive(session, { now }) {
    session.evidence.doorsAlive(now);
    return undefined;
  },
  readCounts: (session, windows) => windows.map((window) => session.evidence.read(window)),
  unsafeModernSince: (session, { route, revision }) => session.evidence.unsafeModernSince(route, revision),
  readMismatches: (session, window) => session.evidence.readMismatches(window),
  putRollups(session, { door, now, rollups }) {
    session.rollups.put(door, now, rollups);
    return undefined;
  },
  readRollups: (session, { now, ...query }) => session.rollups.read(query, now),
  close: () => undefined,
};

type OpenSession = (settings: WorkerSettings) => SqliteSession;

class StoreWorker {
  private readonly settings: WorkerSettings;
  private readonly send: (message: WorkerMessage) => void;
  private readonly open: OpenSession;
  private session: SqliteSession;
  private readonly timer: NodeJS.Timeout;
  private healthy = true;
  private polls = 0;

  constructor(settings: WorkerSettings, send: (message: WorkerMessage) => void, open: OpenSession) {
    this.settings = settings;
    this.send = send;
    this.open = open;
    this.session = open(settings);
    this.timer = setInterval(() => this.poll(), POLL_MS);
    send({ type: "ready", stateId: this.session.ledger.stateId, head: this.session.head });
  }

  answer<Name extends CallName>(id: number, name: Name, takes: Calls[Name]["takes"]): void {
    try {
      this.session.ensureInPlace();
      const gives = handlers[name](this.session, takes);
      this.send({ type: "given", id, gives });
      if (name === "append") this.poll(true);
    } catch (error) {
      this.send({ type: "refused", id, error: this.errorOf(error) });
    }
  }

  close(id: number): void {
    clearInterval(this.timer);
    try {
      this.session.close();
      this.send({ type: "given", id, gives: undefined });
    } catch (error) {
      this.send({ type: "refused", id, error: this.errorOf(error) });
    }
  }

  private poll(always = false): void {
    this.polls++;
    try {
      if (!this.healthy && this.polls % POLLS_TO_REOPEN === 0 && this.session.moved) this.reopen();
      if (this.session.poll(always || !this.healthy)) this.send({ type: "head", head: this.session.head });
      if (this.healthy) return;
      this.healthy = true;
      this.send({ type: "health", error: undefined });
    } catch (error) {
      if (!this.healthy) return;
      this.healthy = false;
      this.send({ type: "health", error: this.errorOf(error) });
    }
  }

  private reopen(): void {
    const { head, ledger } = this.session;
    const next = this.open({ ...this.settings, stateId: ledger.stateId, known: head });
    this.session.close();
    this.session = next;
    if (next.head.revision > head.revision) this.send({ type: "head", head: next.head });
  }

  private errorOf(error: unknown): StoredError {
    return storedError(error, this.settings.path);
  }
}

function storedError(error: unknown, path: string): StoredError {
  const { code, message, remedy } = storeErrorOf(error, path);
  return { code, message, remedy };
}

/** Node 22 says each time that node:sqlite is experimental; it is loaded late so that this one warning can be dropped. */
async function loadSqlite(): Promise<OpenSession> {
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!/SQLite is an experimental/.test(String(warning)))
      Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  const loaded = await import("./sqlite-session.ts");
  return (settings) => new loaded.SqliteSession(settings);
}

async function run(port: NonNullable<typeof parentPort>, settings: WorkerSettings): Promise<void> {
  const send = (message: WorkerMessage) => port.postMessage(message);
  const open = await loadSqlite();
  let worker: StoreWorker;
  try {
    worker = new StoreWorker(settings, send, open);
  } catch (error) {
    send({ type: "failed", error: storedError(error, settings.path) });
    return;
  }
  port.on("message", ({ id, name, takes }: CallMessage) => {
    if (name === "close") {
      worker.close(id);
      port.close();
    } else worker.answer(id, name, takes as Calls[typeof name]["takes"]);
  });
}

if (parentPort !== null) await run(parentPort, workerData as WorkerSettings);
