// What an iPhone tells a page about its screen, where WebKitGTK cannot: it runs in the page's own world, before
// the page. Style sheets' `(pointer: coarse)` and `ontouchstart` are not here: `webview_seat.py` makes WebKit
// itself say them. Each replaced getter is a proxy of WebKit's own, so it looks and fails like it.
(() => {
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
})();
