import {
  type Client,
  credentials,
  Metadata,
  makeGenericClientConstructor,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type StatusObject,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";

const same = (bytes: Buffer): Buffer => bytes;

const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
  ...{ path: `/test.Echo/${name}`, requestStream, responseStream },
  ...{ requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same },
});

/** The four kinds of calls; messages are bytes. */
export const ECHO = {
  Unary: method("Unary", false, false),
  Server: method("Server", false, true),
  Upload: method("Upload", true, false),
  Bidi: method("Bidi", true, true),
} satisfies ServiceDefinition;

const LARGE = {
  "grpc.max_receive_message_length": 64 * 1024 * 1024,
  "grpc.max_send_message_length": 64 * 1024 * 1024,
};

export interface GrpcSide {
  readonly port: number;
  /** How calls ended that their client left. */
  readonly cancelled: string[];
  /** What calls said, in their metadata. */
  readonly metadata: Metadata[];
  close(): void;
}

/** A server of ECHO, that says its name in each answer's metadata. `fails` in a call's metadata is the status it gets. */
export async function startGrpc(
  name: string,
  secure?: { readonly cert: string; readonly key: string },
): Promise<GrpcSide> {
  const cancelled: string[] = [];
  const metadata: Metadata[] = [];
  const server = new Server(LARGE);
  const named = () => {
    const said = new Metadata();
    said.set("x-side", name);
    return said;
  };
  const implementation: UntypedServiceImplementation = {
    Unary: ((call: UnaryCall, done: Done) => {
      metadata.push(call.metadata);
      const [fails] = call.metadata.get("fails");
      call.on("cancelled", () => cancelled.push("Unary"));
      if (call.metadata.get("hangs").length > 0) return;
      const trailers = new Metadata();
      trailers.set("x-trail", "yes");
      if (fails !== undefined) {
        trailers.set("x-side", name);
        done({ code: Number(fails), details: `no 100 % of it: ${name}é`, metadata: trailers });
        return;
      }
      call.sendMetadata(named());
      done(null, call.request, trailers);
    }) as never,
    Server: ((call: StreamCall) => {
      call.sendMetadata(named());
      const count = Number(call.metadata.get("count")[0] ?? 5);
      call.on("cancelled", () => cancelled.push("Server"));
      for (let i = 0; i < count; i++) call.write(Buffer.from(`${i}`));
      if (call.metadata.get("hangs").length === 0) call.end();
    }) as never,
    Upload: ((call: StreamCall, done: Done) => {
      let bytes = 0;
      call.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      call.on("end", () => done(null, Buffer.from(`${name} ${bytes}`)));
    }) as never,
    Bidi: ((call: StreamCall) => {
      call.sendMetadata(named());
      call.on("data", (chunk: Buffer) => call.write(chunk));
      call.on("end", () => call.end());
      call.on("cancelled", () => cancelled.push("Bidi"));
    }) as never,
  };
  server.addService(ECHO, implementation);
  const given =
    secure === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [
          { cert_chain: Buffer.from(secure.cert), private_key: Buffer.from(secure.key) },
        ]);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", given, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { port, cancelled, metadata, close: () => server.forceShutdown() };
}

interface UnaryCall {
  readonly metadata: Metadata;
  readonly request: Buffer;
  sendMetadata(metadata: Metadata): void;
  on(event: string, listener: () => void): void;
}

interface StreamCall extends Omit<UnaryCall, "on"> {
  on(event: string, listener: (chunk: Buffer) => void): void;
  write(chunk: Buffer): void;
  end(): void;
}

type Done = (
  error: { code: number; details: string; metadata: Metadata } | null,
  value?: Buffer,
  trailers?: Metadata,
) => void;

export interface Ended {
  readonly status: StatusObject;
  /** Of the answer's head; undefined: it had none. */
  readonly side: string | undefined;
  readonly messages: readonly Buffer[];
}

export interface Stream {
  write(chunk: Buffer): boolean;
  end(): void;
  cancel(): void;
  readonly ended: Promise<Ended>;
  readonly messages: Buffer[];
}

/** A client of ECHO. */
export class EchoClient {
  private readonly client: Client;

  constructor(address: string, ca?: string) {
    const Echo = makeGenericClientConstructor(ECHO, "Echo");
    const given = ca === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(ca));
    const named = ca === undefined ? {} : { "grpc.ssl_target_name_override": "localhost" };
    this.client = new Echo(address, given, { ...LARGE, ...named });
  }

  call(
    name: keyof typeof ECHO,
    message: Buffer = Buffer.alloc(0),
    said: Readonly<Record<string, string>> = {},
    deadlineMs = 10_000,
    path: string = ECHO[name].path,
  ): Stream {
    const metadata = new Metadata();
    for (const [key, value] of Object.entries(said)) metadata.set(key, value);
    const { requestStream, responseStream } = ECHO[name];
    const options = { deadline: Date.now() + deadlineMs };
    const messages: Buffer[] = [];
    const ended = Promise.withResolvers<Ended>();
    const { client } = this;
    const take = (_error: unknown, value?: Buffer) => {
      if (value !== undefined) messages.push(value);
    };
    const call = requestStream
      ? responseStream
        ? client.makeBidiStreamRequest(path, same, same, metadata, options)
        : client.makeClientStreamRequest(path, same, same, metadata, options, take)
      : responseStream
        ? client.makeServerStreamRequest(path, same, same, message, metadata, options)
        : client.makeUnaryRequest(path, same, same, message, metadata, options, take);
    let side: string | undefined;
    call.on("metadata", (head: Metadata) => {
      side = head.get("x-side")[0]?.toString();
    });
    call.on("data", (chunk: Buffer) => messages.push(chunk));
    call.on("error", () => {});
    call.on("status", (status: StatusObject) =>
      setImmediate(() => ended.resolve({ status, side, messages })),
    );
    const writable = call as unknown as { write(chunk: Buffer): boolean; end(): void };
    return {
      ...{ messages, ended: ended.promise, cancel: () => call.cancel() },
      ...{ write: (chunk: Buffer) => writable.write(chunk), end: () => writable.end() },
    };
  }

  close(): void {
    this.client.close();
  }
}
