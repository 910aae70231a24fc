/** What the demo is handed: the same front door that `fig serve` runs, and somewhere to write. */
import type { Control } from "../control/contract.ts";
import type { Clock } from "../domain/clock.ts";

export interface DemoFrontDoor {
  readonly ready: { readonly url: string; readonly adminUrl: string };
  /** Exit code, once it is down. */
  readonly closed: Promise<number>;
  stop(): Promise<void>;
}

export interface DemoDeps {
  readonly clock: Clock;
  /** Where fig.yaml, routes/ and migrations/ of the shop lie. */
  readonly packageRoot: string;
  /** `more`: what its environment has beside the process's. */
  serve(file: string, more: Readonly<Record<string, string>>): Promise<DemoFrontDoor>;
  /** The use cases of the front door at this address. */
  connect(adminUrl: string): Control;
  /** Resolves when the user wants it to end. */
  readonly stopped: Promise<void>;
  /** How the user types fig here: `fig`, `npx fig`. */
  readonly command: string;
  readonly screen: {
    write(text: string): void;
    /** Redrawn in place. */
    readonly live: boolean;
    readonly bold: (text: string) => string;
    readonly dim: (text: string) => string;
  };
  /** For what is no result: on stderr. */
  note(text: string): void;
}

export interface DemoOptions {
  /** Undefined: until `stopped`. */
  readonly forMs: number | undefined;
  /** Requests a second. */
  readonly rate: number;
  /** Nothing but the final summary, as JSON. */
  readonly json: boolean;
}
