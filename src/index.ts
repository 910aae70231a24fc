/**
 * strangler-fig as a library. Several front doors can run in one process:
 *
 *     import { createFrontDoor } from "strangler-fig";
 *     const door = createFrontDoor("fig.yaml");
 *     const { url, adminUrl } = await door.listen();
 */
import type { FigConfig } from "../schema/config.d.ts";
import type { FrontDoorOptions } from "./front-door/contract.ts";
import { FrontDoor } from "./front-door/front-door.ts";

export type { FigConfig, MigrationConfig, RouteConfig, WebSocketConfig } from "../schema/config.d.ts";
export type {
  Explanation,
  GateReport,
  MigrationStatus,
  MismatchReport,
  RouteStatus,
  ShiftResult,
  Status,
} from "./control/index.ts";
export { FigError } from "./domain/errors.ts";
export type { Phase, Position, Side } from "./domain/position.ts";
export type {
  Closed,
  FrontDoorOptions,
  Listening,
  RollbackOptions,
  ShiftOptions,
} from "./front-door/contract.ts";
export type { FrontDoor } from "./front-door/front-door.ts";

/**
 * A front door that listens once `listen()` is called. `config`: the path of a fig.yaml, or its content as an object, with
 * `routes` and `migrations` inline.
 */
export function createFrontDoor(config: string | FigConfig, options?: FrontDoorOptions): FrontDoor {
  return new FrontDoor(config, options);
}
