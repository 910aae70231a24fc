import type { Socket } from "node:net";
import type { BackendOptions } from "../contract.ts";
import { UpstreamConnection } from "./connection.ts";
import type { Carrier, ConnectionHome, ConnectionUser } from "./connection-contract.ts";
import { type SessionHome, UpstreamSession } from "./h2-session.ts";
import type { UpstreamStream } from "./h2-stream.ts";
import type { Member } from "./member.ts";
import { readFrom } from "./open-socket.ts";

/** A connection of its own to a member, for one request that is no traffic. */
export class Probe implements ConnectionHome<UpstreamConnection>, SessionHome {
  carrier: Carrier | undefined;
  private readonly session: UpstreamSession | undefined = undefined;
  private readonly options: BackendOptions;
  private readonly http1: boolean;

  /** `user` hears when it may be written to. */
  constructor({ pool, way }: Member, options: BackendOptions, user: ConnectionUser) {
    this.options = options;
    this.http1 = pool?.http1 ?? true;
    if (pool === undefined) {
      this.carrier = new UpstreamConnection(way.dial, 0, options, this, user);
      return;
    }
    this.session = new UpstreamSession({ way, http1: pool.http1, connectMs: 0, options, home: this });
    this.carrier = this.session.join(user);
  }

  close(): void {
    this.carrier?.destroy();
    this.session?.destroy();
  }

  onFree(connection: UpstreamConnection): void {
    connection.destroy();
  }

  onHttp1(_session: UpstreamSession, socket: Socket, [stream]: readonly UpstreamStream[]): boolean {
    if (!this.http1) return false;
    const user = stream?.takeUser();
    if (user === undefined) {
      socket.destroy();
      return true;
    }
    const connection = new UpstreamConnection(
      (reader) => readFrom(socket, reader),
      0,
      this.options,
      this,
      user,
    );
    user.onMoved(connection);
    connection.onConnect();
    return true;
  }

  onRoom(): void {}
  onLimit(): void {}
  onGone(): void {}
}
