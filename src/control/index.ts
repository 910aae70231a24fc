export { createBoard } from "./board.ts";
export type * from "./board-contract.ts";
export type * from "./contract.ts";
export { createControl } from "./control.ts";
export { createLive, type Live, type MismatchSource } from "./live.ts";
