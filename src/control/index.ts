export { createBoard } from "./board.ts";
export type * from "./board-contract.ts";
export type { CompileTable } from "./context.ts";
export type * from "./contract.ts";
export { type ControlOptions, createControl } from "./control.ts";
export { explainWith } from "./explain.ts";
export { createLive, type Live, type LiveOptions } from "./live.ts";
