// Tells the page of moments in a phone's life, by the events that a browser sends then, each in a turn of its own.
async (given) => {
  const persisted = (name) => window.dispatchEvent(new PageTransitionEvent(name, { persisted: true }));
  const moments = {
    pagehide: () => persisted("pagehide"),
    pageshow: () => persisted("pageshow"),
    offline: () => window.dispatchEvent(new Event("offline")),
    online: () => window.dispatchEvent(new Event("online")),
    freeze: () => document.dispatchEvent(new Event("freeze", { bubbles: true })),
    resume: () => document.dispatchEvent(new Event("resume", { bubbles: true })),
    rotation: () => {
      screen.orientation?.dispatchEvent(new Event("change"));
      window.dispatchEvent(new Event("orientationchange"));
      window.dispatchEvent(new UIEvent("resize"));
    },
    print: () => ["beforeprint", "afterprint"].forEach((name) => window.dispatchEvent(new Event(name))),
  };
  const turn = () =>
    new Promise((done) => {
      const { port1, port2 } = new MessageChannel(); // no timer: the page's may stand still
      port1.onmessage = done;
      port2.postMessage(0);
    });
  for (const moment of given) {
    moments[moment]();
    await turn();
  }
}
