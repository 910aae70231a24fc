import { isIP } from "node:net";
import type { HttpUpstream } from "../../domain/config.ts";
import { EJECTION, type UpstreamConnections, type UpstreamProtocol } from "../../domain/upstream.ts";
import type { ConnectionLimit } from "../../domain/upstream-state.ts";
import type { BackendOptions, BackendRequest } from "../contract.ts";
import { balanceOf, type Choose } from "./balance.ts";
import { SecureDialer } from "./dial-secure.ts";
import { Member, type MemberHome } from "./member.ts";
import { systemResolve, WatchedName } from "./names.ts";
import { type Place, plainWay, type Way } from "./open-socket.ts";

const REFRESH_MS = 30_000;

/** One URL of an upstream. */
interface Origin {
  readonly url: string;
  readonly authority: string;
  readonly weight: number;
  readonly port: number;
  /** Undefined: the URL has an address. */
  readonly name: WatchedName | undefined;
  readonly way: (place: Place) => Way;
  members: readonly Member[];
}

/** Who is told when connections are there for requests that wait. */
interface Waiting {
  readonly queued: number;
  named(): void;
  next(freed: Member | undefined): void;
}

const written = (host: string, port: number) => (isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`);

/** The members of an upstream: every address of every URL; who of them gets requests, and who is left out. */
export class Members implements MemberHome {
  readonly options: BackendOptions;
  readonly connections: UpstreamConnections;
  readonly ejectAfter: number;
  readonly ejectForMs: number;
  readonly slowStartMs: number;
  readonly protocol: UpstreamProtocol;
  open = 0;
  ejections = 0;
  /** Ejections that were not made, because too many members are left out. */
  notEjected = 0;
  all: readonly Member[] = [];
  /** Bounds of HTTP/2 connections that were reached. */
  readonly limited: Record<ConnectionLimit, number> = { streams: 0, resets: 0, silence: 0 };
  /** None is up, and all are asked. */
  failOpen = false;
  readonly origins: readonly Origin[];
  readonly secure: SecureDialer | undefined;
  private readonly maxEjected: number;
  readonly waiting: Waiting;
  private readonly whenChanged: (all: readonly Member[]) => void;
  private readonly choose: Choose<Member>;
  /** A connection to a member that is not the chosen one is as good. */
  private readonly anyMember: boolean;
  private ready: readonly Member[] = [];
  private trials: Member[] = [];
  private closed = false;
  private makingRoom = false;

  /** `whenChanged` hears of members that come and go. */
  constructor(
    definition: HttpUpstream,
    options: BackendOptions,
    waiting: Waiting,
    whenChanged: (all: readonly Member[]) => void,
  ) {
    const { balance = "roundRobin", ejection = EJECTION, slowStartMs = 0, weights = [] } = definition;
    this.options = options;
    this.connections = definition.connections;
    this.ejectAfter = ejection.failures;
    this.ejectForMs = ejection.forMs;
    this.maxEjected = ejection.maxPercent;
    this.slowStartMs = slowStartMs;
    this.protocol = definition.protocol ?? "http1";
    this.waiting = waiting;
    this.whenChanged = whenChanged;
    this.anyMember = typeof balance === "string";
    const even = slowStartMs === 0 && weights.every((weight) => weight === weights[0]);
    const { deadlines, random = () => 0 } = options;
    this.choose = balanceOf(balance, { now: () => deadlines.now, random, even });
    if (definition.urls.some((url) => url.startsWith("https:")))
      this.secure = new SecureDialer(definition.tls, deadlines);
    this.origins = definition.urls.map((url, i) => this.origin(url, weights[i] ?? 1));
    this.take();
    for (const { name } of this.origins) name?.lookUp();
  }

  pick(tried: ReadonlySet<Member> | undefined, request: BackendRequest): Member | undefined {
    const { ready } = this;
    if (this.trials.length > 0) {
      const member = this.trial(tried);
      if (member !== undefined) return member;
    }
    if (ready.length === 1 && tried === undefined) return ready[0];
    return this.choose(ready, tried, request) ?? this.all.find((member) => !tried?.has(member));
  }

  /** Addresses that names told and that are no members, by now. */
  get leftOut(): number {
    return this.origins.reduce((sum, { name }) => sum + (name?.leftOut ?? 0), 0);
  }

  /** Whether there is one that was not tried. */
  hasOther(tried: ReadonlySet<Member>): boolean {
    return this.all.some((member) => !tried.has(member));
  }

  hasRoom(member: Member): boolean {
    const { max = 0 } = this.connections;
    if (max === 0 || this.open < max || member.pool?.hasRoom === true) return true;
    this.all.find((other) => other !== member && other.hasIdle)?.giveUpIdle();
    return this.open < max;
  }

  looksAgain(): boolean {
    let under = false;
    for (const { name } of this.origins) if (name?.lookUp()) under = true;
    return under;
  }

  mayEject(member: Member): boolean {
    const out = this.all.filter(
      (other) => other !== member && (other.condition === "ejected" || other.condition === "trial"),
    ).length;
    const may = out + 1 <= Math.ceil((this.all.length * this.maxEjected) / 100);
    if (!may) this.notEjected++;
    return may;
  }

  hasOtherFamily(member: Member): boolean {
    if (member.family === 0) return false;
    const { members } = this.origins.find(({ members }) => members.includes(member)) ?? { members: [] };
    return members.some(({ family, condition }) => family !== member.family && condition !== "standby");
  }

  changed(): void {
    const { all } = this;
    const healthy = all.filter((member) => member.healthy);
    const up = healthy.filter(({ condition }) => condition === "up");
    this.failOpen = up.length === 0 && all.length > 0;
    this.ready = up.length > 0 ? up : healthy.length > 0 ? healthy : all;
    this.trials = healthy.filter((member) => member.condition === "trial" && !member.onTrial);
  }

  freed(member: Member): void {
    this.waiting.next(this.anyMember ? member : undefined);
  }

  /** Later in this turn: a request whose connection died may need the room itself. */
  roomier(): void {
    if (this.makingRoom) return;
    this.makingRoom = true;
    process.nextTick(() => {
      this.makingRoom = false;
      const { max = 0 } = this.connections;
      for (let room = max - this.open; room > 0 && this.waiting.queued > 0; room--)
        this.waiting.next(undefined);
    });
  }

  close(): void {
    this.closed = true;
    this.secure?.close();
    for (const { name } of this.origins) name?.close();
    for (const member of this.all) member.close();
  }

  /** The member, waiting for one request that tells whether it is back, gets this one. */
  private trial(tried: ReadonlySet<Member> | undefined): Member | undefined {
    const at = this.trials.findIndex((member) => !tried?.has(member));
    const [member] = at < 0 ? [] : this.trials.splice(at, 1);
    if (member !== undefined) member.onTrial = true;
    return member;
  }

  private origin(url: string, weight: number): Origin {
    if (url.startsWith("unix:")) {
      const path = url.slice("unix:".length);
      const origin: Origin = {
        ...{ url, authority: "localhost", weight, port: 0, name: undefined, way: plainWay, members: [] },
      };
      origin.members = [this.member(origin, { path }, url, 0, false)];
      return origin;
    }
    const { host: authority, hostname, port: given, protocol } = new URL(url);
    const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
    const { secure } = this;
    const way =
      protocol === "https:" && secure !== undefined ? (place: Place) => secure.way(place, host) : plainWay;
    const port = given !== "" ? Number(given) : protocol === "https:" ? 443 : 80;
    const { deadlines, resolve = systemResolve } = this.options;
    const { refreshMs = REFRESH_MS } = this.connections;
    const name =
      isIP(host) === 0
        ? new WatchedName(host, refreshMs, resolve, deadlines, () => this.told(origin))
        : undefined;
    const origin: Origin = { url, authority, weight, port, name, way, members: [] };
    if (name === undefined)
      origin.members = [this.member(origin, { host, port }, written(host, port), 0, false)];
    return origin;
  }

  private member(origin: Origin, place: Place, address: string, family: number, fresh: boolean): Member {
    const { url, authority, weight, way } = origin;
    return new Member({ url, authority, weight, address, family, way: way(place) }, this, fresh);
  }

  /** A name was looked up. */
  private told(origin: Origin): void {
    if (this.closed) return;
    const before = new Map(origin.members.map((member) => [member.address, member]));
    const { port } = origin;
    origin.members = (origin.name?.addresses ?? []).map((host) => {
      const address = written(host, port);
      const known = before.get(address);
      before.delete(address);
      return known ?? this.member(origin, { host, port }, address, isIP(host), origin.members.length > 0);
    });
    this.take();
    for (const gone of before.values()) gone.close();
    this.waiting.named();
  }

  private take(): void {
    this.all = this.origins.flatMap(({ members }) => members);
    this.changed();
    this.whenChanged(this.all);
  }
}
