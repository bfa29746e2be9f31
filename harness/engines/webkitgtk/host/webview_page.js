// The host's own hand in each page, in an isolated script world: real timers, unseen by the page. NAME is that of
// the events between the worlds, `askPageTime` what gives an order to the page's time, `endAnimations` what brings
// its other clocks to their end.
(NAME, askPageTime, endAnimations) => {
  const TURNED_WITHIN_MS = 2000;
  const MOST_DIALOGS = 100; // that are told of: a page may open them for ever
  // A finger's touch that the page prevents makes no click on a phone. WebKitGTK knows in time only of touchstart.
  let down = null;
  let up = null;
  const watch = { capture: true, passive: true };
  addEventListener("touchstart", (event) => event.isTrusted && ([down, up] = [event, null]), watch);
  addEventListener("touchend", (event) => event.isTrusted && (up = event), watch);
  for (const type of ["mouseover", "mouseenter", "mousemove", "mousedown", "mouseup", "click", "dblclick"])
    addEventListener(
      type,
      (event) => {
        if (!event.isTrusted || !(down?.defaultPrevented || up?.defaultPrevented)) return;
        event.stopImmediatePropagation();
        event.preventDefault();
      },
      { capture: true },
    );
  const { host, paint, dialog } = webkit.messageHandlers;
  let dialogs = 0;
  document.addEventListener(NAME + "?", (event) => {
    if (dialogs++ < MOST_DIALOGS) dialog.postMessage(event.detail);
  });
  if (window !== window.top) return;

  new PerformanceObserver((list) => {
    for (const entry of list.getEntriesByName("first-contentful-paint")) paint.postMessage(entry.startTime);
  }).observe({ type: "paint", buffered: true });

  // WebKit asks the host about a frame's navigations as about the page's own, and does not tell them apart.
  let framed = [];
  const noteFramed = (url) => {
    if (/^(?!https?:|about:|data:|blob:|javascript:)\w[\w+.-]*:/i.test(url)) framed.push(String(url).slice(0, 9999));
  };
  const noteFrames = (nodes) => {
    for (const node of nodes)
      for (const frame of node.matches?.("iframe, frame") ? [node] : node.querySelectorAll?.("iframe, frame") ?? [])
        noteFramed(frame.src);
  };
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) noteFrames(type === "attributes" ? [target] : addedNodes);
  }).observe(document, { childList: true, subtree: true, attributeFilter: ["src"] });
  const isOfFrame = (name) =>
    /^[^_]/.test(name) && [...document.querySelectorAll("iframe, frame")].some((frame) => frame.name === name);
  const targetOf = (...named) => named.find((each) => each) || document.querySelector("base[target]")?.target || "";
  let asked = []; // [event, address]: what a click or a form opens in a frame, unless the page prevents it
  addEventListener(
    "click",
    (event) => {
      const link = event.composedPath().find((node) => node.matches?.("a[href], area[href]"));
      if (link && isOfFrame(targetOf(link.target))) asked.push([event, link.href]);
    },
    watch,
  );
  addEventListener(
    "submit",
    (event) => {
      const { target: form, submitter } = event;
      if (!isOfFrame(targetOf(submitter?.getAttribute("formtarget"), form.getAttribute("target")))) return;
      const url = new URL(submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? "", document.baseURI);
      if (form.method === "get") url.search = new URLSearchParams(new FormData(form, submitter));
      asked.push([event, url.href]);
    },
    watch,
  );
  document.addEventListener(NAME + ">", ({ detail }) => {
    const [url, name] = JSON.parse(detail);
    if (isOfFrame(name)) noteFramed(url);
  });

  // Whatever else navigates a frame: a policy of the gateway's (FRAMES_POLICY) refuses nothing, and is told of.
  let byFrames = 0;
  addEventListener(
    "securitypolicyviolation",
    (event) => {
      if (!event.originalPolicy.includes("amo-harness:")) return;
      event.stopImmediatePropagation();
      byFrames++;
    },
    { capture: true },
  );

  const turn = () => new Promise((done) => setTimeout(done, 0));
  const frame = () =>
    new Promise((done) => {
      requestAnimationFrame(done);
      setTimeout(done, 50); // a page that is still being parsed, or is hidden, has none
    });
  const orders = {
    // Two turns of the timer queue: a navigation that a script asked for starts by a 0 ms timer after it.
    settle: async (order) => {
      if (order.frame) await frame();
      await turn();
      await turn();
      for (const [event, url] of asked) event.defaultPrevented || noteFramed(url);
      const told = { framed: framed.slice(0, 100), by_frames: byFrames };
      [framed, asked, byFrames] = [[], [], 0];
      return told;
    },
    // A new size comes when the window system has it: waited for, or given up by a page that has no size of its own.
    turned: async (order) => {
      const late = Date.now() + TURNED_WITHIN_MS;
      do await frame();
      while (innerWidth !== order.width && Date.now() < late);
      await orders.settle({});
    },
    end_animations: async () => {
      const ended = endAnimations();
      const { ended: unlisted } = await askPageTime([NAME, { do: "end_unlisted" }]);
      return { ended: ended + (unlisted ?? 0) };
    },
    visibility: async (order) => {
      if (document.visibilityState !== order.state)
        await new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
      await orders.settle({});
    },
  };
  // Orders of the host come as answers to a message that it holds back: so nothing is evaluated, and what follows
  // has no user gesture, nor is `navigator.userActivation` touched.
  (async () => {
    let answer = null;
    for (;;) {
      const order = JSON.parse(await host.postMessage(JSON.stringify(answer)));
      const own = orders[order.do];
      answer = { id: order.id, ...(await (own ? own(order) : askPageTime([NAME, order]))) };
    }
  })();
}
