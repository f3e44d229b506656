// Lambda's loop for Node: asks for an event, answers it, asks again. AWS's own client is a native add-on around the same three calls.
import http from "node:http";

const { handler } = await import("./handler.mjs");
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const request = http.request({ host, port, method, path: "/2018-06-01/runtime/invocation/" + path, agent, headers }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve([answer.headers["lambda-runtime-aws-request-id"], Buffer.concat(parts)]));
    });
    request.on("error", reject);
    request.end(body);
  });
}

for (;;) {
  const [id, event] = await call("GET", "next");
  try {
    await call("POST", `${id}/response`, JSON.stringify(await handler(JSON.parse(event))));
  } catch (error) {
    await call("POST", `${id}/error`, JSON.stringify({ errorType: error.name, errorMessage: error.message }));
  }
}
