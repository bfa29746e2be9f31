// Loaded by Node.js before a backend (NODE_OPTIONS=--require) while [start].intercept is on.
//
// Owns one thing: a TLS connection to any host but loopback goes to the harness's proxy, which answers
// amoCRM's hosts and refuses every other by name. Without it, `fetch` of Node.js before 24 ignores
// HTTPS_PROXY. A connection inside a tunnel that the client made itself (options.socket) is left alone.
"use strict";

const net = require("node:net");
const tls = require("node:tls");
const { syncBuiltinESMExports } = require("node:module");

const port = Number(process.env.AMO_HARNESS_INTERCEPT_PORT);
const connect = tls.connect;

function isLoopback(host) {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

function parsed(args) {
  // tls.connect(options[, callback]) · tls.connect(port[, host][, options][, callback])
  const rest = [...args];
  const callback = typeof rest.at(-1) === "function" ? rest.pop() : undefined;
  const options = Object.assign({}, ...rest.filter((each) => each !== null && typeof each === "object"));
  const [first, second] = rest;
  if (typeof first === "number" || typeof first === "string") options.port = Number(first);
  if (typeof second === "string") options.host = second;
  return { options, callback };
}

if (port) {
  tls.connect = function (...args) {
    const { options, callback } = parsed(args);
    const host = options.host ?? "localhost";
    if (options.socket || options.path || isLoopback(host)) return connect.apply(this, args);
    const servername = options.servername || (net.isIP(host) ? "" : host);
    const { lookup, ...kept } = options;
    return connect.call(this, { ...kept, host: "127.0.0.1", port, servername }, callback);
  };
  syncBuiltinESMExports();
}
