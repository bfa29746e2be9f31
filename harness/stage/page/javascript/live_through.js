// Tells the page of moments in a phone's life, by the events that a browser sends then, each in a turn of its own.
async (given) => {
  const persisted = (name) => window.dispatchEvent(new PageTransitionEvent(name, { persisted: true }));
  const body = () => document.body ?? document.documentElement;
  const ofUsers = { bubbles: true, cancelable: true, composed: true, view: window };
  const shift = { key: "Shift", code: "ShiftLeft", keyCode: 16 }; // a key that means nothing by itself
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
    menu: () => body().dispatchEvent(new MouseEvent("contextmenu", { ...ofUsers, button: 2 })),
    key: () => ["keydown", "keyup"].forEach((name) => body().dispatchEvent(new KeyboardEvent(name, { ...ofUsers, ...shift }))),
    wheel: () => body().dispatchEvent(new WheelEvent("wheel", { ...ofUsers, deltaY: 100 })),
    selection: async () => {
      const words = document.querySelector("h1") ?? body();
      if (getComputedStyle(words).webkitUserSelect === "none") return;
      getSelection()?.selectAllChildren(words);
      await turn(); // the page hears of it
      getSelection()?.removeAllRanges();
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
    await moments[moment]();
    await turn();
  }
}
