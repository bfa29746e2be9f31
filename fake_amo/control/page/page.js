// Everything shown is put in as text: the journal holds whatever a client sent.
const control = location.pathname.replace(/\/page$/, "");
const at = id => document.getElementById(id);

function element(name, text, more = {}) {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) made.textContent = String(text);
  return Object.assign(made, more);
}

function row(cells) {
  const made = element("tr");
  for (const cell of cells) {
    const td = element("td");
    td.append(cell instanceof Node ? cell : document.createTextNode(cell ?? ""));
    made.append(td);
  }
  return made;
}

async function ask(method, path, body) {
  const options = body === undefined ? {method} : {method, body: JSON.stringify(body)};
  const answer = await fetch(control + path, options);
  const found = answer.status === 204 ? {} : await answer.json();
  if (method !== "GET" || !answer.ok) at("said").textContent = answer.ok ? "" : found.error;
  return found;
}

function button(text, work, plain = false) {
  const made = element("button", text, {type: "button", className: plain ? "plain" : ""});
  made.onclick = async () => { await work(); await refresh(); };
  return made;
}

function duration(seconds) {
  const size = Math.abs(seconds);
  const [unit, name] = size >= 86400 ? [86400, "d"] : size >= 3600 ? [3600, "h"] : size >= 60 ? [60, "min"] : [1, "s"];
  return `${Math.round(seconds / unit * 10) / 10} ${name}`;
}

function showTime() {
  const steps = [["1 minute", {minutes: 1}], ["20 minutes (a code ends)", {minutes: 20}], ["1 hour", {hours: 1}], ["1 day (a token ends)", {days: 1}], ["90 days (a refresh token ends)", {days: 90}]];
  at("time").replaceChildren(...steps.map(([text, body]) => button(`+ ${text}`, () => ask("POST", "/advance", body))), button("Start over", () => ask("POST", "/reset"), true));
}

function faultForm(kind, line) {
  const form = element("form");
  const step = element("select", null, {ariaLabel: `step of ${kind}`});
  for (const name of line.steps) step.append(element("option", name, {value: name}));
  form.append(step);
  const fields = [...line.needs, ...line.may_have].map(name => element("input", null, {name, placeholder: name, ariaLabel: `${name} of ${kind}`, required: line.needs.includes(name)}));
  form.append(...fields, element("button", kind, {type: "submit"}));
  form.onsubmit = async event => {
    event.preventDefault();
    const params = fields.filter(each => each.value !== "").map(each => [each.name, /^\d+$/.test(each.value) ? Number(each.value) : each.value]);
    await ask("POST", "/faults", {step: step.value, kind, ...Object.fromEntries(params)});
    await refresh();
  };
  return form;
}

function showMenu(menu) {
  at("menu").replaceChildren(...Object.entries(menu).map(([kind, line]) => row([faultForm(kind, line), line.text])));
}

function showWaiting(faults) {
  at("waiting").replaceChildren(...faults.map(each => {
    const buttons = element("span", null, {className: "row"});
    if (each.kind === "hold") buttons.append(button("Release", () => ask("POST", `/faults/${each.id}/release`)));
    buttons.append(button("Take back", () => ask("DELETE", `/faults/${each.id}`), true));
    return row([`${each.kind} at ${each.step}`, each.state, `${each.left ?? "all"} left`, buttons]);
  }));
}

function showWorld(world) {
  at("now").textContent = world.advanced_s ? `${world.now} (moved by ${duration(world.advanced_s)})` : world.now;
  at("accounts").replaceChildren(...world.accounts.map(each => {
    const buttons = element("span", null, {className: "row"});
    const account = each.subdomain;
    buttons.append(
      button(each.paid ? "Let it run out" : "Pay", () => ask("POST", "/subscriptions", {account, paid: !each.paid}), true),
      button("Install from a widget", () => ask("POST", "/installs", {account}), true),
      button("Switch the integration off", () => ask("POST", "/disconnects", {account}), true));
    return row([`${each.name} (${account})`, element("code", each.host), each.leads, each.contacts, each.tasks, each.paid ? "paid" : "ran out", buttons]);
  }));
  at("users").replaceChildren(...world.users.map(each => row([each.name, each.login, each.expected ? "signed in" : button("Sign in", () => ask("PUT", "/signed_in", {login: each.login}), true)])));
  at("grants").replaceChildren(...world.grants.map(each => row([element("code", each.what), each.account, duration(each.age_s), each.good_for_s > 0 ? duration(each.good_for_s) : "over", each.state])));
}

function showTrouble(found) {
  const lines = [...found.trouble.map(each => each.text), ...found.unmodelled.map(each => `not modelled: ${each.method} ${each.path}`)];
  at("trouble").replaceChildren(...lines.map(each => row([element("code", each, {className: "bad"})])));
}

function showJournal(entries) {
  at("journal").replaceChildren(...entries.reverse().map(each => row([
    each.at.slice(11, 23), element("code", `${each.method} ${each.path}`), each.status ?? "cut", each.fault ?? "", element("code", each.user_agent)])));
}

async function refresh() {
  const [world, faults, journal, trouble] = await Promise.all([ask("GET", "/world"), ask("GET", "/faults"), ask("GET", "/journal?last=50"), ask("GET", "/trouble")]);
  showWorld(world);
  showWaiting(faults.faults);
  showJournal(journal.entries);
  showTrouble(trouble);
  if (!at("menu").children.length) showMenu(faults.menu);
}

async function watch() {
  try { await refresh(); } catch { at("said").textContent = "The fake does not answer."; }
  setTimeout(watch, 1000);
}

showTime();
watch();
