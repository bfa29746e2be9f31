"""What docs/configuration.md says of how far the harness reaches: what cannot be said, intercepted clients.

Owns that text alone, and how several processes are started. What is measured there is held by tests/http/backends/test_intercept_languages.py.
"""

PROCESSES = """## Several processes, and containers

`prepare` runs first, one command after the other; then the processes of `beside` are started, then `command`.
All of them end together, with everything that they started. `{tmp}` keeps what `prepare` made of it: a reset
by "restart" goes back to that. A reset by a command ends `command` alone, runs, and starts it again; what runs
beside goes on. Containers are no children of the command that starts them, so `stop` ends them, also where
the harness is killed:

```toml
[start]
command = ["docker", "compose", "up", "--build"]
stop = ["docker", "compose", "down", "--volumes"]
storage_lasts = false   # --volumes takes the database along; without it a kill is survived, and ST-03 seen
```

In a container 127.0.0.1 is the container: give a backend there this machine's network, and `[start.env]`:

```yaml
services:
  web:
    network_mode: host
    environment: [PORT, AMO_URL, AMO_CLIENT_ID, AMO_CLIENT_SECRET, AMO_REDIRECT_URI]
```

Or the database alone in a container, and the backend and a worker beside it:

```toml
[start]
beside = [["docker", "compose", "up", "db"], ["node", "worker.js"]]
command = ["sh", "-c", "npx prisma migrate deploy && exec node server.js"]
reset = ["npx", "prisma", "migrate", "reset", "--force"]
stop = ["docker", "compose", "down"]
```

What a command writes is in the scenario's timeline, and shown where it fails or takes longer than
`commands_timeout_s`. One database for all workers means one worker, which is said; `{worker}` in its name gives
each its own.
"""

OUT_OF_REACH = """## Out of reach today

| what | why, and what to do |
|---|---|
| a status or leads asked for by POST, as GraphQL does | each is a GET: leave it out |
| a sign-in that needs something of a call before it, such as a CSRF token | it is one call: let [start.env] switch that off |
| a connect that answers with text or with a page | leave `connect` out |
| leads that are an object by id | `leads_list` must lead to a list |
| a frontend's script that calls the API at an address fixed when it was built | it passes beside the harness: build it for `{public_url}`, or let the API allow `{frontend_url}` as an origin |
| a cookie with a `Domain` of its own | the browser sees this machine's names; leave it out |
| a `SameSite=Strict` cookie in a journey by hand | all ports of one address are one site, so the callback gets it, as it would on no phone: `run` has amoCRM on another site |
| HSTS that lasts from one scenario to the next | each has a browser of its own, as new as the first |
| `public_https` with Playwright's WebKit or an iPhone | neither can be told to trust one certificate; webkitgtk and chromium can |
| a backend that serves two of amoCRM's domains at once | `zone` is one; run it once for each |
| a Unix socket | `url` is an address: let the backend listen on 127.0.0.1, ::1 or localhost |
| PHP's `file_get_contents` with amoCRM's fixed https hosts | streams read no proxy: use curl, or make the address a setting |
"""

INTERCEPTED = """
## Clients that `intercept` reaches

It sets variables and writes files that clients read; nothing of a backend is changed. Measured:

| client | works by |
|---|---|
| Node.js 20 and later: `https`, `fetch`, axios | a module loaded before the program (`NODE_OPTIONS`) |
| Python: httpx, requests, urllib | `HTTPS_PROXY`; `SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE` |
| PHP: curl, Guzzle | `https_proxy`; `curl.cainfo` and `openssl.cafile` in a directory of `PHP_INI_SCAN_DIR` |
| Go: `net/http` | `HTTPS_PROXY`, `SSL_CERT_FILE`; a `Transport` of its own needs `Proxy: http.ProxyFromEnvironment` |
| Ruby: `Net::HTTP` | `http_proxy`, `SSL_CERT_FILE` |
| Java 17: `HttpClient`, `HttpURLConnection` | `JAVA_TOOL_OPTIONS` with the proxy and a trust store |
"""
