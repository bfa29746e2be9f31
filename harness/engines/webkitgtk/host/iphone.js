// What an iPhone tells a page, where WebKitGTK or Playwright does otherwise: it runs in the page's own world, before
// the page. Style sheets' `(pointer: coarse)` and `ontouchstart` are not here: `webview_touch.py` makes WebKit itself
// say them. What is replaced is a proxy of what was there, so it looks and fails like it. NAME is that of the events
// between the worlds.
(NAME) => {
  const answer = (prototype, name, change) => {
    const own = Object.getOwnPropertyDescriptor(prototype, name);
    const get = new Proxy(own.get, {
      apply: (getter, self, given) => change(Reflect.apply(getter, self, given), self),
    });
    Object.defineProperty(prototype, name, { ...own, get });
  };
  answer(Navigator.prototype, "maxTouchPoints", () => 5);
  // WebKitGTK makes pointer events of a tap by way of a mouse; there is no mouse here that one could come from.
  answer(PointerEvent.prototype, "pointerType", (type, event) =>
    type === "mouse" && event.isTrusted ? "touch" : type,
  );
  answer(Navigator.prototype, "platform", () => (/Android/.test(navigator.userAgent) ? "Linux armv81" : "iPhone"));
  answer(window, "devicePixelRatio", () => 3); // the page is painted at 1: pictures for 3 are not chosen
  // What Safari of an iPhone has and WebKitGTK has not, as far as it is asked for only: nothing of it happens here.
  const add = (owner, name, value) =>
    name in owner || Object.defineProperty(owner, name, { configurable: true, enumerable: true, writable: true, value });
  add(Navigator.prototype, "standalone", false);
  add(window, "orientation", 0);
  for (const kind of ["orientationchange", "gesturestart", "gesturechange", "gestureend"]) add(window, "on" + kind, null);
  if (!("orientation" in screen)) {
    const orientation = new EventTarget();
    add(orientation, "type", "portrait-primary");
    add(orientation, "angle", 0);
    add(orientation, "onchange", null);
    add(screen, "orientation", orientation);
    addEventListener("orientationchange", () => {
      const isUpright = innerHeight >= innerWidth;
      orientation.type = isUpright ? "portrait-primary" : "landscape-primary";
      orientation.angle = isUpright ? 0 : 90;
      const change = new Event("change");
      orientation.onchange?.(change);
      orientation.dispatchEvent(change);
    });
  }
  for (const name of ["DeviceMotionEvent", "DeviceOrientationEvent"]) {
    const made = { [name]: class extends Event {} }[name];
    made.requestPermission = async () => "denied";
    add(window, name, made);
  }
  if (isSecureContext) {
    add(Navigator.prototype, "canShare", () => true);
    add(Navigator.prototype, "share", async () => {
      throw new DOMException("Share canceled", "AbortError");
    });
  }
  // WebKitGTK's own ends the program around it: here the page changes at once, and the transition takes its time.
  const TRANSITION_MS = 250;
  const { setTimeout } = window;
  if (!("startViewTransition" in document))
    add(Document.prototype, "startViewTransition", function startViewTransition(given) {
      const update = typeof given === "function" ? given : given?.update;
      const updateCallbackDone = Promise.resolve().then(() => update?.());
      const ready = updateCallbackDone.then(() => undefined);
      const finished = ready.then(() => new Promise((done) => setTimeout(done, TRANSITION_MS)));
      return { updateCallbackDone, ready, finished, types: new Set(), skipTransition() {} };
    });
  delete window.Notification; // for web apps on the home screen alone
  CSS.supports = new Proxy(CSS.supports, {
    apply: (supports, self, given) =>
      /-webkit-touch-callout/.test(given.join(":")) || Reflect.apply(supports, self, given),
  });
  // A fake clock brings these along; Safari of this iPhone has neither.
  delete window.requestIdleCallback;
  delete window.cancelIdleCallback;
  // Playwright puts dialogs of its own in the place of the browser's. The host is told of them. Whoever has just
  // tapped says yes, for a tap's gesture outlasts the dialog; nobody says so to one that comes by itself.
  const { stringify } = JSON; // kept, as what follows: a page may put others in their place
  const [Told, tell, text] = [CustomEvent, document.dispatchEvent.bind(document), String];
  const taps = ["touchend", "pointerup", "mouseup", "click"];
  const isTapped = () => window.event?.isTrusted === true && taps.includes(window.event.type);
  const answers = {
    alert: () => undefined,
    confirm: (tapped) => tapped,
    prompt: (tapped, proposed) => (tapped ? text(proposed ?? "") : null),
  };
  for (const [kind, answer] of Object.entries(answers)) {
    const value = new Proxy(window[kind], {
      apply: (_native, _self, [said, proposed]) => {
        const detail = stringify([kind, text(said ?? "")]);
        tell(new Told(NAME + "?", { detail }));
        return answer(isTapped(), proposed);
      },
    });
    Object.defineProperty(window, kind, { configurable: true, enumerable: true, writable: true, value });
  }
  // In which frame a page opens what, the host cannot ask WebKit.
  window.open = new Proxy(window.open, {
    apply: (open, self, given) => {
      const [url, target] = given;
      if (typeof target === "string") tell(new Told(NAME + ">", { detail: stringify([text(url), target]) }));
      return Reflect.apply(open, self, given);
    },
  });
}
