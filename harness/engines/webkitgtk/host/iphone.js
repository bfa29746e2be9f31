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
  // A fake clock brings these along; Safari of this iPhone has neither.
  delete window.requestIdleCallback;
  delete window.cancelIdleCallback;
  // Playwright puts dialogs of its own in the place of the browser's. The host is told of them, and dismisses them.
  const dismissed = { alert: undefined, confirm: false, prompt: null };
  for (const [kind, answer] of Object.entries(dismissed)) {
    const value = new Proxy(window[kind], {
      apply: (_native, _self, [text]) => {
        const detail = JSON.stringify([kind, String(text ?? "")]);
        document.dispatchEvent(new CustomEvent(NAME + "?", { detail }));
        return answer;
      },
    });
    Object.defineProperty(window, kind, { configurable: true, enumerable: true, writable: true, value });
  }
}
