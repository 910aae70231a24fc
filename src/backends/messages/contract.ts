import type { MessageAttribute } from "../../domain/message-target.ts";
import type { BackendErrorCode } from "../contract.ts";

/** A message as its service is told of it. */
export interface Content {
  readonly body: Uint8Array;
  /** What it has beside its body, by name. */
  readonly values: Readonly<Record<string, string>>;
  readonly attributes: readonly MessageAttribute[];
}

/** A message on its way. */
export interface Message extends Content {
  /** As the service counts it. */
  readonly bytes: number;
}

/** What became of a message. */
export type Sent =
  /** `said`: what the service says of it, for who waits. */
  | { readonly kind: "taken"; readonly said: Readonly<Record<string, string>> }
  /**
   * `untouched`: it is not there. `again`: it may be, a little later. `apart`: of messages that went together, one may be to blame, or
   * that they are too long together.
   */
  | {
      readonly kind: "failed";
      readonly code: BackendErrorCode;
      readonly detail: string;
      readonly untouched: boolean;
      readonly again: boolean;
      readonly apart?: boolean;
    };

/** One call of a service. */
export interface ServiceCall {
  /** `X-Amz-Target`. */
  readonly target: string;
  readonly contentType: string;
  readonly body: string;
}

/** How one service is told of messages. */
export interface MessageService {
  /** As people call it. */
  readonly title: string;
  /** Where messages go, for people. */
  readonly place: string;
  /** Of one message. */
  readonly maxBytes: number;
  bytesOf(content: Content): number;
  /** Why it is no message; undefined: it is one. */
  problemOf(content: Content): string | undefined;
  one(message: Message): ServiceCall;
  several(messages: readonly Message[]): ServiceCall;
  /** Of an answer with 200: what it says of the message. Undefined: not that it was taken. */
  readOne(answer: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> | undefined;
  /** Of an answer with 200: each message's own, in their order. Undefined: that is no answer. */
  readSeveral(answer: Readonly<Record<string, unknown>>, count: number): readonly (Sent | undefined)[];
}
