// Tells the page of a moment in a phone's life, by the events that a browser sends then.
(moment) => {
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
  moments[moment]();
}
