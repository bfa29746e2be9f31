// Plays an integration with amocrm-js and prints what it saw, as JSON. Its argument: port, code, client's data.
//
// The library always dials <account>.amocrm.ru by the global agent: that agent dials the fake, which shows a
// certificate for the name that is asked for.

"use strict";

const https = require("node:https");
const { Client } = require("amocrm-js");

const { port, code, client_id, client_secret, redirect_uri } = JSON.parse(process.argv[2]);
Object.assign(https.globalAgent.options, { host: "127.0.0.1", port });

async function play() {
  const auth = { client_id, client_secret, redirect_uri, code };
  const client = new Client({ domain: "testaccount", auth });
  await client.connection.connect();
  const first = client.token.getValue();
  const seen = { account: (await client.request.get("/api/v4/account")).data.name, leads: [] };
  const page = await client.leads.get({ limit: 2 });
  for (;;) {
    seen.leads.push(...page.getData().map((each) => each.name));
    if (!(await page.next())) break;
  }
  const contact = new client.Contact({ name: "Ірина" });
  await contact.save();
  const lead = new client.Lead({ name: "Вікна", price: 10 });
  await lead.save();
  lead.price = 20;
  await lead.save();
  seen.contact = (await client.contacts.getById(contact.id)).name;
  seen.price = (await client.request.get(`/api/v4/leads/${lead.id}`)).data.price;
  const customers = await client.request.post("/api/v4/customers", [{ name: "Олена" }]);
  seen.customer = typeof customers.data._embedded.customers[0].id;
  seen.refused = await client.request.get("/api/v4/leads", { limit: 500 }).then(
    () => "answered",
    (problem) => problem.message,
  );
  await client.token.refresh();
  const second = client.token.getValue();
  seen.rotated = second.refresh_token !== first.refresh_token;
  seen.after = (await client.request.get("/api/v4/account")).data.name;
  return seen;
}

play().then(
  (seen) => process.stdout.write(JSON.stringify(seen)),
  (problem) => {
    console.error(problem);
    process.exitCode = 1;
  },
);
