// The process: settings from the environment, the listening socket, and an orderly end.

import { createApp } from "./src/app.js";
import { settingsFrom } from "./src/settings.js";

function start() {
  const settings = settingsFrom(process.env);
  const server = createApp(settings).listen(settings.port, "127.0.0.1", (error) => {
    if (error) return fail(error.message);
    console.log(`ready on http://127.0.0.1:${server.address().port}`);
  });
  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.once(signal, () => {
      server.close(() => process.exit(0));
      server.closeIdleConnections();
      setTimeout(() => process.exit(0), 1000).unref(); // requests still under way get a second
    });
  }
}

function fail(message) {
  console.error(`express-backend: ${message}`);
  process.exit(2);
}

try {
  start();
} catch (error) {
  fail(error.message);
}
