export type { Backend } from "./contract.ts";
export { HttpUpstream } from "./http/upstream.ts";
