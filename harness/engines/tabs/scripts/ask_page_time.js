// Gives an order to the page's time in every document of the page that can be reached; makes one of their answers.
// Runs in any script world of the top document. Each document answers as page_time.js says.
async ([NAME, order]) => {
  const documents = (top) => [
    top,
    ...[...top.querySelectorAll("iframe, frame, object, embed")].flatMap((each) =>
      each.contentDocument ? documents(each.contentDocument) : [],
    ),
  ];
  const pass = (to) =>
    new Promise((done) => {
      to.addEventListener(NAME + "!", (event) => done(JSON.parse(event.detail)), { once: true });
      const asked = new CustomEvent(NAME, { detail: JSON.stringify(order), cancelable: true });
      if (to.dispatchEvent(asked)) done(null); // nobody took it: there is no clock in this document
    });
  const soonest = (a, b) => (a == null || b == null ? (a ?? b ?? null) : Math.min(a, b));
  const together = (all, one) => ({
    timers: (all.timers ?? 0) + (one.timers ?? 0),
    ended: (all.ended ?? 0) + (one.ended ?? 0),
    since_lift_ms: one.since_lift_ms ?? all.since_lift_ms ?? null, // one document's at most
    passed_ms: Math.max(all.passed_ms ?? 0, one.passed_ms ?? 0),
    next_ms: soonest(all.next_ms, one.next_ms),
    open: [...(all.open ?? []), ...(one.open ?? [])],
    broken: one.broken ?? all.broken ?? null,
  });
  const answers = await Promise.all(documents(document).map(pass));
  return answers.filter(Boolean).reduce(together, {});
}
