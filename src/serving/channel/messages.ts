import type { LimitAnswer, ServingEvents, WorkerMessages } from "../contract.ts";

/** A way for messages to another process or thread, in order. What passes is cloned. */
export interface Channel {
  post(message: unknown): void;
  /** Called once, before anything is posted. */
  onMessage(listener: (message: unknown) => void): void;
}

export type StreamMethod = "counts" | "totals";
export type CallMethod = Exclude<keyof WorkerMessages, StreamMethod | "limitAnswers">;

/** From admin to those that serve. */
export type Order =
  | {
      readonly kind: "call";
      readonly id: number;
      readonly method: CallMethod;
      readonly args: readonly unknown[];
    }
  | { readonly kind: "open"; readonly id: number; readonly method: StreamMethod }
  | { readonly kind: "next" | "give-up"; readonly id: number }
  | { readonly kind: "limits"; readonly answers: readonly LimitAnswer[] };

/** From those that serve to admin. */
export type Said =
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "part"; readonly id: number; readonly part: IteratorResult<unknown> }
  | { readonly kind: "error"; readonly id: number; readonly error: ErrorMessage }
  | { readonly kind: "event"; readonly name: keyof ServingEvents; readonly args: readonly unknown[] };

/** An order that is answered. */
export type Answered = Extract<Order, { readonly id: number }>;

export interface ErrorMessage {
  readonly code: string;
  readonly message: string;
  readonly remedy: string | undefined;
  readonly details: unknown;
}
