export { type Admin, type AdminOptions, createAdmin } from "./admin.ts";
export type { Readiness } from "./app.ts";
