// Preloaded into a counterpart that has no setting for it: what listens, listens on this machine alone.
const { Server } = require("node:net");

const { listen } = Server.prototype;
Server.prototype.listen = function (...given) {
  const [first, ...rest] = given;
  if (typeof first === "object" && first !== null)
    return listen.call(this, { ...first, host: "127.0.0.1" }, ...rest);
  const done = given.find((one) => typeof one === "function");
  return listen.call(this, Number(first), "127.0.0.1", ...(done === undefined ? [] : [done]));
};
