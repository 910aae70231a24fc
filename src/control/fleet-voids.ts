import type { VoidPath } from "../serving/contract.ts";
import type { StoreWord } from "../store/contract.ts";

/** Between two messages of one front door; the first is said at once. */
const PAUSE_MS = 250;
/** Of one message. More in one pause are not told. */
const MAX_PATHS = 500;
const MAX_PATHS_CHARS = 32 * 1024;

interface FleetVoidsOptions {
  readonly door: string;
  readonly micros: () => number;
  /** Undefined: there is no other front door. */
  readonly word: StoreWord | undefined;
  /** Makes void what is stored here. */
  readonly invalidate: (paths: readonly VoidPath[]) => Promise<void>;
}

/**
 * Paths that unsafe methods made void (RFC 9111 §4.4), told between the front doors of a state. Such a word may be lost, and a storm of
 * them is four messages a second: what another front door has stored is then good for as long as it is fresh, as without any of this.
 */
export class FleetVoids {
  private readonly options: FleetVoidsOptions;
  private readonly counted = { told: 0, heard: 0, dropped: 0 };
  private paths = new Map<string, VoidPath>();
  private chars = 0;
  private saidAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(options: FleetVoidsOptions) {
    this.options = options;
    options.word?.hear((text) => this.hear(text));
  }

  /** Nothing before the first of each. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(Object.entries(this.counted).filter(([, count]) => count > 0));
  }

  tell(paths: readonly VoidPath[]): void {
    if (this.options.word === undefined || this.closed) return;
    for (const path of paths) this.add(path);
    if (this.paths.size === 0 || this.timer !== undefined) return;
    const waits = PAUSE_MS - (this.options.micros() - this.saidAt) / 1000;
    if (waits <= 0) this.say();
    else this.timer = setTimeout(() => this.say(), waits).unref();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private add({ path, host }: VoidPath): void {
    const key = `${host}\n${path}`;
    if (this.paths.has(key)) return;
    if (this.paths.size >= MAX_PATHS || this.chars + key.length > MAX_PATHS_CHARS) {
      this.counted.dropped++;
      return;
    }
    this.paths.set(key, { path, host });
    this.chars += key.length;
  }

  private say(): void {
    const paths = [...this.paths.values()];
    this.paths = new Map();
    this.chars = 0;
    this.timer = undefined;
    this.saidAt = this.options.micros();
    const text = JSON.stringify([this.options.door, paths.map(({ path, host }) => [path, host])]);
    this.options.word?.say(text).then(
      () => {
        this.counted.told += paths.length;
      },
      () => {
        this.counted.dropped += paths.length;
      },
    );
  }

  private hear(text: string): void {
    if (this.closed) return;
    const [door, paths] = read(text) ?? [];
    if (paths === undefined || door === this.options.door) return;
    this.counted.heard += paths.length;
    // Whoever serves and is ending has nothing stored.
    this.options.invalidate(paths).catch(() => {});
  }
}

/** Undefined: it is no such message. */
function read(text: string): readonly [door: string, paths: readonly VoidPath[]] | undefined {
  // Escapes make it longer, sixfold at most.
  if (text.length > 8 * MAX_PATHS_CHARS) return undefined;
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(said) || typeof said[0] !== "string" || !Array.isArray(said[1])) return undefined;
  const [door, list] = said as [string, readonly unknown[]];
  if (list.length > MAX_PATHS || !list.every(isPair)) return undefined;
  return [door, (list as readonly (readonly [string, string])[]).map(([path, host]) => ({ path, host }))];
}

function isPair(one: unknown): boolean {
  return Array.isArray(one) && one.length === 2 && one.every((part) => typeof part === "string");
}
