// Stands in for the native half of aws-lambda-ric, which takes minutes to build: three questions to the Runtime API over node:http.
// All else (loading the handler, contexts, what a thrown error becomes) is AWS's own code.
const Module = require("node:module");
const { request } = require("node:http");

const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");

function post(path, body, headers = {}) {
  const asked = request({
    hostname,
    port,
    path: `/2018-06-01/runtime/invocation/${path}`,
    method: "POST",
    headers,
  });
  asked.on("response", (answer) => answer.resume());
  asked.on("error", () => {});
  asked.end(body);
}

const client = {
  initializeClient() {},
  done: (id, body) => post(`${id}/response`, body),
  error: (id, body, xray) =>
    post(`${id}/error`, body, { "lambda-runtime-function-xray-error-cause": encodeURI(xray ?? "") }),
};

const load = Module._load;
Module._load = function loadOrStandIn(name, ...rest) {
  return name.endsWith("rapid-client.node") ? client : load.call(this, name, ...rest);
};
