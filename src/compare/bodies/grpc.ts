import { isGrpc } from "../../domain/grpc.ts";
import { type Body, type BodyComparator, sameBytes } from "../body.ts";
import { fingerprint } from "./bytes.ts";

const PREFIX_BYTES = 5;

/** The messages of a stream; undefined: it does not end with one. */
function messagesOf({
  bytes,
}: Body): { readonly messages: Uint8Array[]; readonly compressed: boolean } | undefined {
  const messages: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let compressed = false;
  for (let at = 0; at < bytes.length; ) {
    const end = at + PREFIX_BYTES <= bytes.length ? at + PREFIX_BYTES + view.getUint32(at + 1) : Infinity;
    if (end > bytes.length) return undefined;
    if (bytes[at] !== 0) compressed = true;
    messages.push(bytes.subarray(at + PREFIX_BYTES, end));
    at = end;
  }
  return { messages, compressed };
}

const counted = (messages: readonly Uint8Array[]) => JSON.stringify(`${messages.length} messages`);

/**
 * Calls of gRPC, message by message: their bytes, as nobody here knows their types. Compressed messages that differ are not
 * looked into.
 */
export const grpcBodies = {
  name: "grpc",
  create(): BodyComparator {
    return {
      compare(legacy, modern, findings) {
        if (![legacy, modern].every(({ media }) => isGrpc(["content-type", media.essence]))) return "pass";
        const [left, right] = [messagesOf(legacy), messagesOf(modern)];
        if (left === undefined || right === undefined) return "pass";
        if (left.compressed || right.compressed) return "undecodable";
        if (left.messages.length !== right.messages.length)
          findings.add("body", "length", counted(left.messages), counted(right.messages));
        for (const [index, message] of left.messages.entries()) {
          const other = right.messages[index];
          if (other === undefined || sameBytes(message, other)) continue;
          findings.add("$[*]", "value", fingerprint(message), fingerprint(other));
          break;
        }
        return "compared";
      },
    };
  },
};
