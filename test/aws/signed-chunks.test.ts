import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ChunkSigner, chunkedLength, chunkOf } from "../../src/aws/signed-chunks.ts";
import { signingOf } from "../../src/aws/sigv4.ts";

/** What a connection copies into a block that it uses again, at most (src/wire/blocks.ts). */
const BLOCK_BYTES = 256 * 1024;
/** A body from this length on goes in large chunks. */
const LARGE_BYTES = 4 * 1024 * 1024;

/** Of Amazon's example (Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks). */
const CREDENTIALS = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  ...{ sessionToken: undefined, expiresMs: undefined },
};
const STAMP = "20130524T000000Z";
const SCOPE = "20130524/us-east-1/s3/aws4_request";
const SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
const SIGNING = signingOf(
  { service: "s3", region: "us-east-1", credentials: CREDENTIALS, nowMs: 0, s3: true },
  STAMP,
);

/** What is written of a body that comes in pieces, a copy of each write: its bytes are the writer's only during its call. */
function written(pieces: readonly Uint8Array[], chunk: number): Buffer[] {
  const writes: Buffer[] = [];
  const write = (bytes: Uint8Array) => void writes.push(Buffer.from(bytes));
  const signer = new ChunkSigner(SIGNING, SEED, chunk);
  for (const piece of pieces) {
    const own = Buffer.from(piece);
    signer.push(own, write);
    // Whoever gave it uses its memory again.
    own.fill(0xee);
  }
  signer.end(write);
  return writes;
}

function split(body: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, i = 0; at < body.length; i++) {
    const size = sizes[i % sizes.length] as number;
    pieces.push(body.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** The chunks of a whole body, each checked as S3 does it. */
function checked(wire: Buffer): Buffer[] {
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const hash = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");
  const key = SCOPE.split("/").reduce<string | Buffer>(hmac, `AWS4${CREDENTIALS.secretAccessKey}`);
  const chunks: Buffer[] = [];
  let last = SEED;
  for (let at = 0; at < wire.length; ) {
    const line = wire.indexOf("\r\n", at);
    const [size = "", signature] = wire.toString("latin1", at, line).split(";chunk-signature=");
    const data = wire.subarray(line + 2, line + 2 + Number.parseInt(size, 16));
    const text = ["AWS4-HMAC-SHA256-PAYLOAD", STAMP, SCOPE, last, hash(""), hash(data)].join("\n");
    last = hmac(key, text).toString("hex");
    expect(signature).toBe(last);
    at = line + 2 + data.length;
    expect(wire.toString("latin1", at, at + 2)).toBe("\r\n");
    at += 2;
    chunks.push(data);
  }
  return chunks;
}

test("chunks are signed as in Amazon's example", () => {
  const wire = Buffer.concat(written([Buffer.alloc(66_560, "a")], 65_536));
  expect(wire.length).toBe(66_824);
  expect(chunkedLength(66_560, 65_536)).toBe(66_824);
  expect(
    [...wire.toString("latin1").matchAll(/(\w+);chunk-signature=(\w{64})\r\n/g)].map(([line]) => line),
  ).toEqual([
    "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n",
    "400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n",
    "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n",
  ]);
});

test("a body is the same however it comes, as long as it was said to be, and each chunk is one write that fits a block", () => {
  const edges = [chunkOf(1_000_000), 2 * chunkOf(1_000_000), LARGE_BYTES, LARGE_BYTES + chunkOf(LARGE_BYTES)];
  const length = fc.oneof(
    fc.integer({ min: 1, max: 300_000 }),
    fc.tuple(fc.constantFrom(...edges), fc.integer({ min: -1, max: 1 })).map(([edge, by]) => edge + by),
  );
  const sizes = fc.array(fc.integer({ min: 1_000, max: 300_000 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(length, sizes, fc.integer(), (bytes, pieces, seed) => {
      const body = Buffer.alloc(bytes, createHash("sha256").update(String(seed)).digest());
      const chunk = chunkOf(bytes);
      const writes = written(split(body, pieces), chunk);
      for (const write of writes) expect(write.length).toBeLessThanOrEqual(BLOCK_BYTES);
      const wire = Buffer.concat(writes);
      expect(wire.length).toBe(chunkedLength(bytes, chunk));
      const chunks = checked(wire);
      expect(chunks.length).toBe(writes.length);
      expect(chunks.at(-1)?.length).toBe(0);
      for (const full of chunks.slice(0, -2)) expect(full.length).toBe(chunk);
      expect(Buffer.concat(chunks).equals(body)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("chunks of a small body fill a block of 64 KiB, those of a large one the largest, and S3's least is kept", () => {
  const most = (bytes: number) => {
    const chunk = chunkOf(bytes);
    return Math.max(...written([Buffer.alloc(bytes)], chunk).map((write) => write.length));
  };
  for (const [bytes, block] of [
    [LARGE_BYTES - 1, 64 * 1024],
    [LARGE_BYTES, BLOCK_BYTES],
  ] as const) {
    expect(most(bytes)).toBeLessThanOrEqual(block);
    expect(most(bytes)).toBeGreaterThan(block - 128);
    expect(chunkOf(bytes)).toBeGreaterThan(8 * 1024);
  }
  // Of a small body no more is held than it has.
  expect(chunkOf(10)).toBe(10);
});

test("an upload that is given up, also in a write of its own, writes nothing more", () => {
  const signer = new ChunkSigner(SIGNING, SEED, 10_000);
  let writes = 0;
  const write = () => {
    writes++;
    signer.drop();
  };
  signer.push(Buffer.alloc(35_000), write);
  expect(writes).toBe(1);
  signer.push(Buffer.alloc(35_000), write);
  signer.end(write);
  expect(writes).toBe(1);
});
