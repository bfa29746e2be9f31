// The project that the two documents come from, small: Express, Postgres, JWT, amoCRM's host fixed by AMO_DOMAIN.
import { createHmac } from "node:crypto";
import express from "express";
import pg from "pg";

const { AMO_CLIENT_ID: client_id, AMO_CLIENT_SECRET: client_secret, AMO_REDIRECT_URI: redirect_uri } = process.env;
const { AMO_DOMAIN, JWT_SECRET, PORT } = process.env;
const db = new pg.Pool(); // where PGHOST, PGPORT, PGUSER and PGDATABASE say

const TABLE = "CREATE TABLE amo_tokens (user_id text PRIMARY KEY, tokens jsonb)";
if (process.argv[2] === "reset") await db.query(`DROP TABLE IF EXISTS amo_tokens; ${TABLE}`).then(() => process.exit());

const CONNECTED = "Your AMO CRM account has been successfully connected.";
const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const decode = (text) => JSON.parse(Buffer.from(text, "base64").toString()); // either alphabet
const signature = (text) => createHmac("sha256", JWT_SECRET).update(text).digest("base64url");
const escapeHtml = (text) => text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);

function sendPage(res, title, heading, message, query) {
  const link = escapeHtml(`foryoure://amo-crm/callback?${query}`);
  res.set("Cache-Control", "no-store").set("Referrer-Policy", "no-referrer").send(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body { font-family: sans-serif; text-align: center; padding: 40px 20px } a { display: inline-block; padding: 14px 28px }</style>
</head><body><h1>${heading}</h1><p>${escapeHtml(message)}</p><p>Please tap the button below to return to the app:</p>
<a role="button" href="${link}">Return to App</a></body></html>`);
}

async function askAmo(path, options) {
  const response = await fetch(`https://${AMO_DOMAIN}${path}`, { signal: AbortSignal.timeout(10_000), ...options });
  const body = response.status === 204 ? {} : await response.json();
  if (!response.ok) throw new Error(body.hint || body.title || `AMO CRM answered ${response.status}`);
  return body;
}

async function exchange(code, state) {
  const body = JSON.stringify({ client_id, client_secret, redirect_uri, grant_type: "authorization_code", code });
  const headers = { "Content-Type": "application/json" };
  const tokens = await askAmo("/oauth2/access_token", { method: "POST", headers, body });
  const { userId } = decode(state); // the app made it: {random, userId, source}
  await db.query("INSERT INTO amo_tokens VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET tokens = $2", [userId, tokens]);
}

const app = express().use(express.json());
app.post("/api/v1/auth/login", (req, res) => {
  const claims = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ userId: req.body.email.split("@")[0] })}`;
  res.json({ success: true, data: { token: `${claims}.${signature(claims)}` } });
});
app.get("/health", (req, res) => res.send("ok"));
app.get("/api/v1/amo-crm/callback", async (req, res) => {
  const { code, state = "" } = req.query;
  if (!code) return sendPage(res, "AMO CRM Authorization", "✗ Authorization code is missing", "", "error=missing_code");
  try {
    await exchange(String(code), String(state));
  } catch (error) {
    const reason = error.message.toWellFormed();
    return sendPage(res, "AMO CRM Authorization Error", "✗ Authorization failed", reason, `error=${encodeURIComponent(reason)}`);
  }
  const link = `success=true&state=${encodeURIComponent(state)}`;
  sendPage(res, "AMO CRM Authorization", "✓ Authorization successful!", CONNECTED, link);
});
app.use(async (req, res, next) => {
  const [head, claims, signed] = (req.get("Authorization") || "").replace("Bearer ", "").split(".");
  if (signed !== signature(`${head}.${claims}`)) return res.status(403).json({ success: false, message: "Invalid token" });
  const { rows } = await db.query("SELECT tokens FROM amo_tokens WHERE user_id = $1", [decode(claims).userId]);
  req.tokens = rows[0]?.tokens;
  next();
});
app.get("/api/v1/amo-crm/status", (req, res) => {
  res.json({ success: true, data: { connected: Boolean(req.tokens), domain: AMO_DOMAIN } });
});
app.get("/api/v1/leads", async (req, res) => {
  if (!req.tokens) return res.status(409).json({ success: false, message: "AMO CRM is not connected" });
  const [page, limit, leads] = [Number(req.query.page || 1), Number(req.query.limit || 100), []];
  const headers = { Authorization: `Bearer ${req.tokens.access_token}` };
  for (let at = 1, body = { _links: { next: {} } }; body._links?.next; at += 1) {
    body = await askAmo(`/api/v4/leads?limit=250&page=${at}`, { headers });
    leads.push(...(body._embedded?.leads ?? []));
  }
  const [total, data] = [leads.length, leads.slice((page - 1) * limit, page * limit)];
  res.json({ success: true, data, total, page, limit, totalPages: Math.ceil(total / limit) });
});
app.use((error, req, res, next) => res.status(502).json({ success: false, message: error.message }));
app.listen(PORT, "127.0.0.1");
