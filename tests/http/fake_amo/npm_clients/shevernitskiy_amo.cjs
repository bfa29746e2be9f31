// Plays an integration with @shevernitskiy/amo and prints what it saw, as JSON. Its argument as amocrm_js.cjs.

"use strict";

const { Amo } = require("@shevernitskiy/amo");

const { port, code, client_id, client_secret, redirect_uri } = JSON.parse(process.argv[2]);

/** The status that the library's error begins with: its classes are no classes any more in what npm has. */
const status = (problem) => Number.parseInt(problem.message, 10);

async function incoming(amo) {
  const form = {
    source_uid: "form-7",
    source_name: "Форма",
    metadata: { form_id: "7", form_name: "Замовлення", form_page: "https://shop.example/", form_sent_at: 1 },
    _embedded: { leads: [{ name: "Замовлення" }], contacts: [{ name: "Ірина" }] },
  };
  const made = (await amo.unsorted.addUnsortedForm([form, form]))._embedded.unsorted;
  const listed = await amo.unsorted.getUnsorted({ filter: (filter) => filter.single("uid", made[0].uid) });
  await amo.unsorted.acceptUnsortedByUid(made[0].uid, {});
  await amo.unsorted.declineUnsortedByUid(made[1].uid, {});
  const summary = await amo.unsorted.getUnsortedSummary();
  return [listed._embedded.unsorted.length, summary.accepted, summary.declined];
}

async function trade(amo) {
  const catalog = (await amo.catalog.addCatalogs([{ name: "Товари", type: "products" }]))._embedded.catalogs[0];
  const values = [{ field_code: "SKU", values: [{ value: "W-1" }] }];
  const things = [{ name: "Вікно", custom_fields_values: values }];
  // Its own addCatalogElements posts to the catalog itself, which amoCRM does not document.
  const url = `/api/v4/catalogs/${catalog.id}/elements`;
  const element = (await amo.raw.post({ url, payload: things }))._embedded.elements[0];
  const lead = (await amo.lead.getLeads({ limit: 1 }))._embedded.leads[0];
  const to = { to_entity_id: element.id, to_entity_type: "catalog_elements", metadata: { quantity: 2 } };
  await amo.link.addLinksByEntityId(lead.id, "leads", [to]);
  const shown = await amo.lead.getLeadById(lead.id, { with: ["catalog_elements"] });
  await amo.customer.updateCustomersMode({ mode: "segments", is_enabled: true });
  const customers = await amo.customer.addCustomers([{ name: "Олена", next_price: 5 }]);
  const customer = await amo.customer.getCustomerById(customers._embedded.customers[0].id);
  return [shown._embedded.catalog_elements[0].metadata.quantity, customer.name, customer.next_price];
}

async function play() {
  const auth = { client_id, client_secret, redirect_uri, code, grant_type: "authorization_code" };
  const amo = new Amo(`127.0.0.1:${port}`, auth, { request_delay: 0 });
  const account = await amo.account.getAccount();
  const contact = (await amo.contact.addContacts([{ name: "Ірина" }]))._embedded.contacts[0];
  return {
    account: account.name,
    contact: (await amo.contact.getContactById(contact.id)).name,
    incoming: await incoming(amo),
    trade: await trade(amo),
    talk: (await amo.talk.getTalkById(101)).is_in_work,
    nothing: await amo.lead.getLeadById(9).catch(status),
    refused: await amo.contact.addContacts([{ name: 9 }]).catch(status),
  };
}

play().then(
  (seen) => process.stdout.write(JSON.stringify(seen)),
  (problem) => {
    console.error(problem);
    process.exitCode = 1;
  },
);
