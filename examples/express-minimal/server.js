// One amoCRM account, one user: the page after the consent, the connection's status, the leads.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import express from "express";

const { AMO_CLIENT_ID, AMO_CLIENT_SECRET, AMO_REDIRECT_URI, APP_TOKEN } = process.env;
const AMO_URL = process.env.AMO_URL || "https://testaccount.amocrm.ru"; // the account's own host
const TOKENS_FILE = process.env.TOKENS_FILE || "tokens.json";
const DEEP_LINK = "foryoure://amo-crm/callback";
const AMO_TIMEOUT_MS = 10_000;

const STYLE = `
  body {
    font-family: -apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, sans-serif;
    display: flex; justify-content: center; align-items: center;
    height: 100vh; margin: 0; background: #f5f5f5;
  }
  .container { text-align: center; padding: 20px; max-width: 400px; }
  .success { color: #4CAF50; font-size: 18px; font-weight: 500; margin-bottom: 16px; }
  .error { color: #f44336; font-size: 18px; font-weight: 500; margin-bottom: 16px; }
  .message { color: #666; font-size: 16px; margin-bottom: 24px; line-height: 1.5; }
  button {
    color: #007AFF; font-weight: 500; font-size: 16px; padding: 14px 28px; min-width: 200px;
    background: white; border: none; border-radius: 8px; display: inline-block;
    margin-top: 20px; box-shadow: 0 2px 8px rgba(0,0,0,0.1); cursor: pointer;
  }
  button:active { opacity: 0.8; }
`;

const MARKS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escapeHtml = (text) => text.replace(/[&<>"']/g, (mark) => MARKS[mark]);

function page(title, heading, messages, deepLink) {
  return `<!DOCTYPE html>
<html>
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}</title>
    <style>${STYLE}</style>
  </head>
  <body>
    <div class="container">
      <p class="${heading.startsWith("✓") ? "success" : "error"}">${heading}</p>
      ${messages.map((message) => `<p class="message">${escapeHtml(message)}</p>`).join("\n      ")}
      <p class="message">Please tap the button below to return to the app:</p>
      <button data-link="${escapeHtml(deepLink)}" onclick="window.open(this.dataset.link, '_self')">Return to App</button>
    </div>
  </body>
</html>`;
}

/** Exchange the code for tokens and store them; throws what the user may read. */
async function exchangeCode(code) {
  const response = await fetch(`${AMO_URL}/oauth2/access_token`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      client_id: AMO_CLIENT_ID,
      client_secret: AMO_CLIENT_SECRET,
      grant_type: "authorization_code",
      code,
      redirect_uri: AMO_REDIRECT_URI,
    }),
    signal: AbortSignal.timeout(AMO_TIMEOUT_MS),
  });
  const body = await response.json().catch(() => null);
  if (!response.ok || !body?.access_token) {
    throw new Error(body?.hint || body?.detail || body?.title || "Failed to connect to AMO CRM");
  }
  writeFileSync(TOKENS_FILE, JSON.stringify(body), { mode: 0o600 });
}

const app = express();

app.get("/health", (req, res) => res.send("ok"));

app.get("/api/amo-crm/callback", async (req, res) => {
  const { code, state } = req.query;
  if (!code) {
    const deepLink = `${DEEP_LINK}?error=missing_code`;
    return res.send(page("AMO CRM Authorization", "✗ Authorization code is missing", [], deepLink));
  }
  try {
    await exchangeCode(code); // before the page: the account is connected when the user returns
  } catch (error) {
    console.error("Error exchanging code:", error.message);
    const reason = error.message.toWellFormed(); // encodeURIComponent throws on half a character
    const deepLink = `${DEEP_LINK}?error=${encodeURIComponent(reason)}`;
    return res.send(page("AMO CRM Authorization Error", "✗ Authorization failed", [reason], deepLink));
  }
  // No code in the link: the tokens are stored, the app asks for the status.
  const deepLink = `${DEEP_LINK}?success=true&state=${encodeURIComponent(state || "")}`;
  const message = "Your AMO CRM account has been successfully connected.";
  return res.send(page("AMO CRM Authorization", "✓ Authorization successful!", [message], deepLink));
});

app.use("/api", (req, res, next) => {
  if (APP_TOKEN && req.get("Authorization") === `Bearer ${APP_TOKEN}`) return next();
  return res.status(401).json({ message: "Sign in first" });
});

app.get("/api/amo-crm/status", (req, res) => res.json({ connected: existsSync(TOKENS_FILE) }));

app.get("/api/leads", async (req, res) => {
  if (!existsSync(TOKENS_FILE)) return res.status(409).json({ message: "Connect AMO CRM first" });
  const { access_token } = JSON.parse(readFileSync(TOKENS_FILE, "utf8"));
  const response = await fetch(`${AMO_URL}/api/v4/leads?limit=100`, {
    headers: { Authorization: `Bearer ${access_token}` },
    signal: AbortSignal.timeout(AMO_TIMEOUT_MS),
  });
  if (response.status === 204) return res.json({ leads: [] }); // an account without leads
  if (!response.ok) return res.status(502).json({ message: "AMO CRM does not give the leads" });
  const body = await response.json();
  return res.json({ leads: body._embedded.leads });
});

// Express needs all four parameters to see an error handler.
app.use((error, req, res, next) => res.status(502).json({ message: "AMO CRM does not answer" }));

app.listen(process.env.PORT || 3000, "127.0.0.1", () => console.log("ready"));
