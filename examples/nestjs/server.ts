// The amoCRM return page in NestJS: one file, one user, tokens in a JSON file.

import "reflect-metadata";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { ConflictException, Controller, Get, Header, Module, Query } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";

const { AMO_URL, AMO_CLIENT_ID, AMO_CLIENT_SECRET, AMO_REDIRECT_URI, PORT } = process.env;
const TOKENS = process.env.TOKENS_FILE ?? "tokens.json";
const CONNECTED = "Your AMO CRM account has been successfully connected.";

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);

function page(title: string, heading: string, message: string, query: string): string {
  const link = escapeHtml(`foryoure://amo-crm/callback?${query}`);
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body { font-family: sans-serif; text-align: center; padding: 40px 20px }
a { display: inline-block; padding: 14px 28px }</style></head>
<body><h1>${heading}</h1><p>${escapeHtml(message)}</p><p>Please tap the button below to return to the app:</p>
<a role="button" href="${link}">Return to App</a></body></html>`;
}

async function askAmo(path: string, options: RequestInit): Promise<any> {
  const response = await fetch(`${AMO_URL}${path}`, { signal: AbortSignal.timeout(10_000), ...options });
  const body: any = response.status === 204 ? {} : await response.json();
  if (!response.ok) throw new Error(body.hint || body.title || "AMO CRM refuses");
  return body;
}

async function exchange(code: string): Promise<void> {
  const tokens = await askAmo("/oauth2/access_token", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      grant_type: "authorization_code",
      code,
      client_id: AMO_CLIENT_ID,
      client_secret: AMO_CLIENT_SECRET,
      redirect_uri: AMO_REDIRECT_URI,
    }),
  });
  writeFileSync(TOKENS, JSON.stringify(tokens), { mode: 0o600 });
}

@Controller("api")
class AmoCrm {
  @Get("amo-crm/callback")
  @Header("Content-Type", "text/html; charset=utf-8")
  @Header("Cache-Control", "no-store")
  @Header("Referrer-Policy", "no-referrer")
  async callback(@Query("code") code?: string, @Query("state") state = ""): Promise<string> {
    if (!code) return page("AMO CRM Authorization", "✗ Authorization code is missing", "", "error=missing_code");
    try {
      await exchange(code); // before the page: the account is connected when the user returns
    } catch (error) {
      const reason = (error as Error).message;
      const query = `error=${encodeURIComponent(reason)}`;
      return page("AMO CRM Authorization Error", "✗ Authorization failed", reason, query);
    }
    const query = `success=true&state=${encodeURIComponent(state)}`;
    return page("AMO CRM Authorization", "✓ Authorization successful!", CONNECTED, query);
  }

  @Get("amo-crm/status")
  status(): { connected: boolean } {
    return { connected: existsSync(TOKENS) };
  }

  @Get("leads")
  async leads(): Promise<{ leads: unknown[] }> {
    if (!existsSync(TOKENS)) throw new ConflictException("Connect AMO CRM first");
    const { access_token } = JSON.parse(readFileSync(TOKENS, "utf8"));
    const body = await askAmo("/api/v4/leads", { headers: { Authorization: `Bearer ${access_token}` } });
    return { leads: body._embedded?.leads ?? [] };
  }
}

@Module({ controllers: [AmoCrm] })
class App {}

const app = await NestFactory.create(App, { logger: ["error"] });
await app.listen(PORT ?? 3000, "127.0.0.1");
