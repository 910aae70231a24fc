export { createBoard } from "./board.ts";
export type * from "./board-contract.ts";
export type * from "./contract.ts";
export { createControl } from "./control.ts";
export { decideFromStore } from "./decide-from-store.ts";
export { readGone } from "./gone.ts";
export { createLive, type Live } from "./live.ts";
export { acceptResplits } from "./resplit.ts";
export { routesOfLedger } from "./way-back.ts";
