// The page with the button. Every text is foreign until escaped; nothing runs but the page's own script.

import { randomBytes } from "node:crypto";

const TAP = "Please tap the button below to return to the app:";

const MARKS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escapeHtml = (text) => text.replace(/[&<>"']/g, (mark) => MARKS[mark]);

function texts(outcome) {
  if (outcome.connected) {
    return {
      title: "AMO CRM Authorization",
      heading: "✓ Authorization successful!",
      messages: ["Your AMO CRM account has been successfully connected.", TAP],
    };
  }
  if (outcome.reason === "missing_code") {
    return { title: "AMO CRM Authorization", heading: "✗ Authorization code is missing", messages: [TAP] };
  }
  return {
    title: "AMO CRM Authorization Error",
    heading: "✗ Authorization failed",
    messages: [outcome.sentence, TAP].filter(Boolean),
  };
}

/** The link back: on success the state, else the reason's code, which no decoding turns into something else. */
function linkOf(base, outcome, state) {
  const query = outcome.connected ? `success=true&state=${encodeURIComponent(state)}` : `error=${outcome.reason}`;
  return `${base}?${query}`;
}

/** `{headers, html}`. The address of the page holds the code: it is not stored, and no referrer leaves it. */
export function pageOf(settings, outcome, state) {
  const { title, heading, messages } = texts(outcome);
  const link = linkOf(settings.deepLink, outcome, state);
  const nonce = randomBytes(16).toString("base64url");
  const auto = settings.fault === "auto_redirect" ? "location.href = button.dataset.link;" : "";
  const html = `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escapeHtml(title)}</title>
    <style nonce="${nonce}">
      body { font: 16px/1.5 -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, sans-serif; display: flex;
        justify-content: center; align-items: center; min-height: 100vh; margin: 0; color: #333;
        background: #f5f5f5; }
      main { text-align: center; padding: 20px; max-width: 400px; overflow-wrap: anywhere; }
      h1 { font-size: 18px; font-weight: 500; }
      .success { color: #1b6e20; }
      .error { color: #b3261e; }
      button { font: inherit; font-weight: 500; color: #0062cc; background: white; border: none;
        border-radius: 8px; padding: 12px 28px; min-width: 200px; min-height: 48px; cursor: pointer;
        box-shadow: 0 2px 8px rgba(0, 0, 0, .1); }
    </style>
  </head>
  <body>
    <main>
      <h1 class="${outcome.connected ? "success" : "error"}">${escapeHtml(heading)}</h1>
      ${messages.map((message) => `<p>${escapeHtml(message)}</p>`).join("\n      ")}
      <button type="button" id="return" data-link="${escapeHtml(link)}">Return to App</button>
    </main>
    <script nonce="${nonce}">
      // The link opens in this tab, in the tap itself, and only then.
      const button = document.getElementById("return");
      button.addEventListener("click", () => window.open(button.dataset.link, "_self"));
      ${auto}
    </script>
  </body>
</html>
`;
  return {
    html,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Cache-Control": "no-store",
      "Referrer-Policy": "no-referrer",
      "X-Content-Type-Options": "nosniff",
      "Content-Security-Policy":
        `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; ` +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    },
  };
}
