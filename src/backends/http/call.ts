import type { ByteBudget } from "../../domain/byte-budget.ts";
import { CHUNKED, NO_BODY, type RawHeaders } from "../../domain/message.ts";
import type { TryResult } from "../../domain/upstream-state.ts";
import { KeptBody } from "../../wire/kept-body.ts";
import { WaitingBody } from "../../wire/waiting-body.ts";
import type { BackendCall, BackendErrorCode, BackendListener, BackendRequest } from "../contract.ts";
import type { Carrier, ConnectionUser } from "./connection-contract.ts";
import type { Member } from "./member.ts";
import type { WaitingCall } from "./waiters.ts";

/** The upstream that calls are made to. */
export interface CallHome {
  readonly name: string;
  /** Its own Host replaces the client's. */
  readonly ownHost: boolean;
  readonly waiters: {
    wait(call: WaitingCall, what: "name" | "connection"): void;
    leave(call: WaitingCall): void;
  };
  readonly members: {
    /** A member that is not in `tried`; undefined: there is none, or none is known yet. */
    pick(tried: ReadonlySet<Member> | undefined, request: BackendRequest): Member | undefined;
    /** Whether the member may have one more connection: an idle one of another is closed for it. */
    hasRoom(member: Member): boolean;
    /** Whether other addresses may be told soon: waiting for the name ends when they are. */
    looksAgain(): boolean;
  };
  /** Counts tries. */
  readonly tries: Record<TryResult, number>;
  /** Of kept bodies; undefined: none is kept. */
  readonly bodies: ByteBudget | undefined;
  /** Why no name told an address. */
  unresolved(): string;
}

/** Of a body that goes out over HTTP/2, what is kept in case the server refuses the request without having looked at it. */
const MAX_RESENT_BYTES = 64 * 1024;
/** How often such a request is sent again. */
const MAX_RESENT = 2;

/**
 * One request to an upstream. Sent once, with two exceptions that cannot do anything twice: a member that takes no
 * connection is passed over for the next, and a reused connection that dies before any byte of an answer is replaced by
 * a new one, once, if the request is retryable and has no body, or no byte of it was sent. One that a server refuses over HTTP/2
 * without having looked at it is sent again whatever it is, as long as its body is here.
 */
export class HttpCall implements BackendCall, ConnectionUser, WaitingCall {
  /** Where it is sent, or was last; undefined: nowhere yet. */
  member: Member | undefined;
  private readonly request: BackendRequest;
  private readonly listener: BackendListener;
  private readonly home: CallHome;
  private readonly responseMs: number;
  /** Undefined: it waits for one. */
  private connection: Carrier | undefined;
  private tried: Set<Member> | undefined;
  private connected: boolean;
  private reused: boolean;
  private over = false;
  /** How the last member took no connection. */
  private refusal: { readonly code: BackendErrorCode; readonly message: string } | undefined = undefined;
  /** An earlier try came to nothing. */
  private missed: boolean;
  /** The answer's head came. */
  private answered = false;
  /** What was written before there was a connection. */
  private early: WaitingBody | undefined = undefined;
  private earlyEnd: { readonly trailers: RawHeaders | undefined } | undefined = undefined;
  /** What the reused connection was given and did not send: head, and of the body what there was. */
  private unsent: string | undefined = undefined;
  private ended = false;
  /** The answer was 101. */
  private tunnel = false;
  /** Of an HTTP/2 request with a body: what was written. */
  private kept: KeptBody | undefined = undefined;
  private resent = 0;
  /** A byte of the request went out, over whichever connection. */
  private sent = false;

  /** `tried`: members that earlier tries of the request were sent to; the call's own from here on. */
  constructor(
    request: BackendRequest,
    listener: BackendListener,
    home: CallHome,
    responseMs: number,
    tried?: Set<Member>,
  ) {
    this.request = request;
    this.listener = listener;
    this.home = home;
    this.responseMs = responseMs;
    this.tried = tried;
    this.missed = tried !== undefined;
    const member = home.members.pick(tried, request);
    const idle = member?.reuse(this, request.upgrade);
    this.member = member;
    this.connection = idle;
    this.connected = this.reused = idle !== undefined;
    if (idle !== undefined) this.sendHead();
    else this.reach(member);
  }

  write(chunk: Uint8Array): boolean {
    const { connection } = this;
    if (!this.connected || connection === undefined) {
      this.early ??= new WaitingBody();
      this.early.keep(chunk);
      return false;
    }
    if (chunk.length === 0) return true;
    if (this.kept !== undefined) this.kept.keep(chunk);
    return this.request.framing === CHUNKED && !this.tunnel
      ? connection.writeChunked(chunk)
      : connection.write(chunk);
  }

  end(trailers: RawHeaders | undefined): void {
    if (!this.connected) {
      this.earlyEnd = { trailers };
      return;
    }
    this.ended = true;
    if (this.kept !== undefined) this.earlyEnd = { trailers };
    this.connection?.finish(trailers, this.request.framing === CHUNKED && !this.tunnel);
  }

  pause(): void {
    this.connection?.pause();
  }

  resume(): void {
    this.connection?.resume();
  }

  allowSilence(): void {
    this.connection?.allowSilence();
  }

  abort(): void {
    if (this.over) return;
    this.over = true;
    // A whole request is sent, although the client did not stay for the answer: it may be meant to be so.
    if (!this.connected && this.earlyEnd !== undefined) {
      this.listener.onLeft?.(undefined);
      return;
    }
    this.early?.take();
    this.kept?.release();
    if (this.connection === undefined) this.home.waiters.leave(this);
    else if (this.ended) this.connection.abandon();
    else this.connection.destroy();
    this.member?.untried();
  }

  proceed(freed: Member | undefined): void {
    const member = freed ?? this.home.members.pick(this.tried, this.request);
    this.member = member;
    if (member === undefined) this.refuse();
    else this.turnTo(member);
  }

  giveUp(code: BackendErrorCode, message: string): void {
    this.fail(code, message);
  }

  onMoved(carrier: Carrier | undefined): void {
    this.connection = carrier;
    if (carrier === undefined && this.member !== undefined) this.turnTo(this.member);
  }

  onConnected(): void {
    this.connected = true;
    this.member?.connected();
    this.sendHead();
    const { early, earlyEnd } = this;
    this.early = undefined;
    this.earlyEnd = undefined;
    if (early !== undefined) for (const chunk of early.take()) this.write(chunk);
    if (earlyEnd !== undefined) this.end(earlyEnd.trailers);
    if (this.over) {
      this.connection?.abandon();
      this.member?.untried();
      this.listener.onLeft?.(true);
    } else if (early !== undefined) this.listener.onRequestDrain();
  }

  onWritable(): void {
    this.listener.onRequestDrain();
  }

  onInform(status: number, reason: string, headers: RawHeaders): void {
    this.listener.onInform(status, reason, headers);
  }

  onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    this.succeeded();
    this.listener.onHead(status, reason, headers, framing);
  }

  onUpgrade(status: number, reason: string, headers: RawHeaders): void {
    this.succeeded();
    this.tunnel = true;
    this.listener.onUpgrade(status, reason, headers);
  }

  onData(chunk: Buffer): void {
    this.listener.onData(chunk);
  }

  onEnd(trailers: RawHeaders | undefined): void {
    this.listener.onEnd(trailers);
  }

  onBroken(code: BackendErrorCode, message: string, untouched: boolean): void {
    this.sent ||= this.connection?.unsent === undefined;
    if (!this.answered) this.count(code);
    if (!this.connected) {
      this.member?.failed();
      this.refusal = { code, message };
      if (this.passOver()) return;
    } else if (this.isRefused() && this.sendElsewhere()) return;
    else if (untouched && this.reused && code === "upstream_reset" && this.sendAgain()) return;
    else if (untouched && !this.reused) this.member?.failed();
    else this.member?.untried();
    this.fail(code, message);
  }

  private succeeded(): void {
    this.answered = true;
    this.kept?.release();
    this.home.tries.answered++;
    this.member?.succeeded();
    if (this.missed) this.tell("answered");
  }

  private count(code: BackendErrorCode): void {
    const result = code.slice("upstream_".length) as TryResult;
    this.home.tries[result]++;
    this.missed = true;
    this.tell(result);
  }

  private tell(result: TryResult): void {
    const tried = { upstream: this.home.name, address: this.member?.address ?? "", result };
    this.request.served?.onTry(tried);
    this.request.tries?.onTry(tried);
  }

  private fail(code: BackendErrorCode, message: string): void {
    this.early?.take();
    this.kept?.release();
    if (this.over) {
      if (!this.connected) this.listener.onLeft?.(false);
      return;
    }
    this.over = true;
    this.listener.onError(code, message, !this.sent);
  }

  /** There is nowhere to send it. */
  private refuse(): void {
    const { code, message } = this.refusal ?? { code: "upstream_refused", message: this.home.unresolved() };
    this.fail(code, message);
  }

  /** Another member's turn, after one that took no connection; false when all had theirs. */
  private passOver(): boolean {
    const { home, member } = this;
    // What was written for one URL may name it.
    if (member === undefined || this.unsent?.includes(`\r\nHost: ${member.authority}\r\n`)) return false;
    this.tried ??= new Set();
    this.tried.add(member);
    const next = home.members.pick(this.tried, this.request);
    if (next !== undefined) this.turnTo(next);
    else if (home.members.looksAgain()) this.wait("name");
    else return false;
    return true;
  }

  private turnTo(member: Member): void {
    const idle = member.reuse(this, this.request.upgrade);
    this.member = member;
    this.connection = idle;
    this.reused = idle !== undefined;
    if (idle !== undefined) this.onConnected();
    else this.reach(member);
  }

  /** Makes a connection, or waits for what that takes. */
  private reach(member: Member | undefined): void {
    if (member === undefined) {
      if (this.home.members.looksAgain()) this.wait("name");
      else this.refuse();
    } else if (this.home.members.hasRoom(member))
      this.connection = member.connect(this, this.request.upgrade);
    else this.wait("connection");
  }

  private wait(what: "name" | "connection"): void {
    this.connection = undefined;
    this.home.waiters.wait(this, what);
  }

  /** On a new connection, if that cannot do anything twice. */
  private sendAgain(): boolean {
    const { connection, member, request } = this;
    if (connection === undefined || member === undefined) return false;
    this.unsent = connection.unsent;
    if (this.unsent === undefined) {
      if (!request.retryable || (request.framing !== NO_BODY && request.framing !== 0)) return false;
      // There is no body, and its end was told if it ever will be.
      this.earlyEnd = { trailers: undefined };
    }
    this.reused = false;
    this.connected = false;
    // Over HTTP/2 another connection may stand already.
    if (member.pool !== undefined) this.turnTo(member);
    else this.connection = member.connect(this, request.upgrade);
    return true;
  }

  /** The server has it, and did not look at it (RFC 9113 §8.7). */
  private isRefused(): boolean {
    return this.member?.pool !== undefined && this.connection?.unsent !== undefined;
  }

  /** To another member if there is one. Whatever it is: nothing was done with it. */
  private sendElsewhere(): boolean {
    const { member, kept, home, request } = this;
    if (member === undefined || this.over || this.resent === MAX_RESENT) return false;
    if (request.framing !== NO_BODY && request.framing !== 0 && kept?.whole !== true) return false;
    this.resent++;
    member.untried();
    this.tried ??= new Set();
    this.tried.add(member);
    const other = home.members.pick(this.tried, request);
    if (other === undefined) this.tried.delete(member);
    if (kept !== undefined) {
      this.early = new WaitingBody();
      for (const chunk of kept.chunks) this.early.keep(chunk);
      kept.release();
    } else if (this.ended) this.earlyEnd = { trailers: undefined };
    this.connected = this.ended = false;
    this.turnTo(other ?? member);
    return true;
  }

  private sendHead(): void {
    const { request, member, home, responseMs, unsent } = this;
    const hasBody = request.framing !== NO_BODY && request.framing !== 0 && !this.ended;
    if (hasBody && member?.pool !== undefined && home.bodies !== undefined)
      this.kept = new KeptBody(home.bodies, MAX_RESENT_BYTES);
    const authority = member?.authority ?? "";
    this.connection?.send({ request, authority, ownHost: home.ownHost, hasBody, responseMs, unsent });
  }
}
