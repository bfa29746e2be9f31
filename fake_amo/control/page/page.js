// Everything shown is put in as text: the journal holds whatever a client sent.
const control = location.pathname.replace(/\/page$/, "");
const at = id => document.getElementById(id);
const shown = {};
const FIRST = {ms: "3000", when: "after", seconds: "60", value: "text/plain", subdomain: "renamed"};
const FIELD = {redirect: "code", token: "access_token", refresh: "access_token"};
const NUMBERS = new Set(["ms", "seconds", "status", "value"]);
let menu;

function element(name, text, more = {}, ...inside) {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) made.textContent = String(text);
  made.append(...inside);
  return Object.assign(made, more);
}

async function ask(method, path, body) {
  const options = body === undefined ? {method} : {method, body: JSON.stringify(body)};
  const answer = await fetch(control + path, options);
  const found = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) say(found.error);
  else if (method !== "GET") say("error" in found && found.error ? found.error : "");
  return found;
}

function say(text) {
  at("said").textContent = text;
}

function button(text, work, {lesser = true, about = ""} = {}) {
  const made = element("button", text, {type: "button", className: lesser ? "lesser" : ""});
  if (about) made.ariaLabel = `${text}: ${about}`;
  made.dataset.key = `${text} ${about}`;
  made.onclick = async () => { await work(); await refresh(); };
  return made;
}

// What has not changed stays as it is, and what has keeps the keyboard's place.
function show(id, state, make) {
  const now = JSON.stringify(state);
  if (shown[id] === now) return;
  shown[id] = now;
  const key = at(id).contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const open = new Set([...at(id).querySelectorAll("details[open]")].map(each => each.dataset.key));
  at(id).replaceChildren(...make());
  for (const each of at(id).querySelectorAll("[data-key]")) {
    if (open.has(each.dataset.key)) each.open = true;
    if (key !== undefined && each.dataset.key === key) each.focus();
  }
}

function duration(seconds) {
  const size = Math.abs(seconds);
  const [unit, name] = size >= 86400 ? [86400, "d"] : size >= 3600 ? [3600, "h"] : size >= 60 ? [60, "min"] : [1, "s"];
  return `${Math.round(seconds / unit * 10) / 10} ${name}`;
}

function showTime() {
  const steps = [["1 minute", {minutes: 1}], ["20 minutes (a code ends)", {minutes: 20}], ["1 hour", {hours: 1}], ["1 day (a token ends)", {days: 1}], ["90 days (a refresh token ends)", {days: 90}]];
  at("time").replaceChildren(...steps.map(([text, body]) => button(`+ ${text}`, () => ask("POST", "/advance", body), {lesser: false})), button("Start over", () => ask("POST", "/reset")));
}

function choiceOf(kind, name) {
  if (kind === "problem" && name === "name") return menu.problems[["token", "refresh"].includes(at("step").value) ? "token" : "api"];
  return kind === "reset" && name === "when" ? menu.moments : undefined;
}

function firstOf(name) {
  return name === "field" ? FIELD[at("step").value] ?? "_embedded" : FIRST[name] ?? "";
}

function parameter(kind, name, line) {
  const about = {name, ariaLabel: `${name} of ${kind}`};
  const choices = choiceOf(kind, name);
  if (choices) return element("select", null, about, ...choices.map(each => element("option", each, {value: each, selected: each === FIRST[name]})));
  return element("input", null, {...about, placeholder: name, required: line.needs.includes(name), value: line.needs.includes(name) ? firstOf(name) : "", inputMode: ["ms", "seconds", "status"].includes(name) ? "numeric" : "text"});
}

function faultForm(kind, line) {
  const needed = line.needs.map(name => parameter(kind, name, line));
  const further = line.may_have.map(name => parameter(kind, name, line));
  const form = element("form", null, {}, element("button", kind, {type: "submit"}), element("span", line.text));
  if (needed.length) form.append(element("div", null, {className: "row"}, ...needed));
  if (further.length) form.append(element("details", null, {className: "row"}, element("summary", "in other words"), ...further));
  form.onsubmit = async event => {
    event.preventDefault();
    const params = [...needed, ...further].filter(each => each.value !== "").map(each => [each.name, NUMBERS.has(each.name) && /^\d+$/.test(each.value) ? Number(each.value) : each.value]);
    const count = at("count").value === "" ? null : Number(at("count").value);
    await ask("POST", "/faults", {step: at("step").value, kind, count, ...Object.fromEntries(params)});
    await refresh();
  };
  return element("li", null, {}, form);
}

function showMenu() {
  const possible = Object.entries(menu.menu).filter(([, line]) => line.steps.includes(at("step").value));
  at("menu").replaceChildren(...possible.map(([kind, line]) => faultForm(kind, line)));
}

function takeMenu(found) {
  menu = found;
  at("step").replaceChildren(...menu.steps.map(name => element("option", name, {value: name, selected: name === "token"})));
  at("step").onchange = showMenu;
  showMenu();
}

function showWaiting(faults) {
  show("waiting", faults, () => faults.map(each => {
    const params = Object.entries(each.params ?? {}).map(([name, value]) => ` ${name}=${value}`).join("");
    const what = `${each.kind} at ${each.step}${params}`;
    const buttons = element("span", null, {className: "row"});
    if (each.kind === "hold") buttons.append(button("Release", () => ask("POST", `/faults/${each.id}/release`), {lesser: false, about: what}));
    buttons.append(button("Take back", () => ask("DELETE", `/faults/${each.id}`), {about: what}));
    const state = each.state === "held" ? "holds an answer now" : each.left === null ? "for all requests" : `waits for ${each.left}`;
    return element("li", null, {className: "row"}, element("code", what), element("span", state, {className: "wait"}), buttons);
  }));
}

function leadsOf(account) {
  const rows = account.latest_leads.map(each => element("li", null, {}, element("span", `${each.name} · ${each.status}`), element("span", each.price.toLocaleString())));
  const left = account.leads - rows.length;
  if (left > 0) rows.push(element("li", `and ${left.toLocaleString()} more`, {className: "quiet"}));
  const details = element("details", null, {}, element("summary", `${account.leads.toLocaleString()} leads, ${account.contacts} contacts, ${account.tasks} tasks`), element("ul", null, {className: "plain leads"}, ...rows));
  details.dataset.key = `leads of ${account.subdomain}`;
  return details;
}

function accountOf(each) {
  const account = each.subdomain;
  const act = (text, work) => button(text, work, {about: account});
  const paid = element("span", each.paid ? "paid" : "ran out", {className: each.paid ? "good" : "bad"});
  return element("article", null, {className: "account"},
    element("div", null, {className: "row"}, element("h3", `${each.name} (${account})`), paid, element("code", each.host)),
    leadsOf(each),
    ...each.webhooks.map(to => element("div", null, {className: "quiet"}, "webhook to ", element("code", to))),
    element("div", null, {className: "row"},
      act(each.paid ? "Let it run out" : "Pay", () => ask("POST", "/subscriptions", {account, paid: !each.paid})),
      act("Install from a widget", () => ask("POST", "/installs", {account})),
      act("Switch the integration off", () => ask("POST", "/disconnects", {account})),
      act("Tell the webhook of a lead", () => ask("POST", "/webhooks", {account}))));
}

function showWorld(world) {
  at("now").textContent = world.advanced_s ? `${world.now} (moved by ${duration(world.advanced_s)})` : world.now;
  at("now").dateTime = world.now;
  show("accounts", world.accounts, () => world.accounts.map(accountOf));
  show("users", world.users, () => world.users.map(each => element("li", null, {className: "row"}, element("span", `${each.name}, ${each.login}`),
    each.expected ? element("span", "signed in", {className: "good"}) : button("Sign in", () => ask("PUT", "/signed_in", {login: each.login}), {about: each.login}))));
  at("no-grants").hidden = world.grants.length > 0;
  show("grants", world.grants, () => world.grants.map(each => element("li", null, {className: "row"}, element("code", each.what), element("span", each.account),
    element("span", `${duration(each.age_s)} old`), element("span", each.good_for_s > 0 ? `good for ${duration(each.good_for_s)}` : "over"),
    element("span", each.state, {className: each.state === "good" ? "good" : "bad"}))));
}

function showTrouble(found) {
  const lines = [...found.trouble.map(each => each.text), ...found.unmodelled.map(each => `not modelled: ${each.method} ${each.path}`)];
  at("silent").hidden = lines.length === 0;
  show("trouble", lines, () => lines.map(each => element("li", null, {}, element("code", each, {className: "bad"}))));
}

function showJournal(entries) {
  at("no-calls").hidden = entries.length > 0;
  show("journal", entries, () => entries.toReversed().map(each => {
    const status = each.status ?? "cut";
    const more = [each.fault, each.user_agent].filter(Boolean).join(" · ");
    return element("li", null, {}, element("time", each.at.slice(11, 23), {dateTime: each.at}),
      element("strong", status, {className: each.status < 400 ? "good" : "bad"}), element("code", `${each.method} ${each.path}`),
      ...(more ? [element("span", more, {className: each.fault ? "more wait" : "more quiet"})] : []));
  }));
}

async function refresh() {
  const [world, faults, journal, trouble] = await Promise.all([ask("GET", "/world"), ask("GET", "/faults"), ask("GET", "/journal?last=50"), ask("GET", "/trouble")]);
  if (!menu) takeMenu(faults);
  showWorld(world);
  showWaiting(faults.active);
  showJournal(journal.entries);
  showTrouble(trouble);
}

async function watch() {
  try { if (!document.hidden) await refresh(); } catch { say("The fake does not answer."); }
  setTimeout(watch, 1000);
}

showTime();
watch();
