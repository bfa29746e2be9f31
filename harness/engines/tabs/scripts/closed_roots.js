// Closed shadow roots, open to the host's own script world and to nobody in the page's. Runs in the page's own world,
// before the page. A root that the markup itself declares closed (`shadowrootmode`) stays closed.
() => {
  const closed = new WeakSet();
  const isClosed = closed.has.bind(closed);
  Element.prototype.attachShadow = new Proxy(Element.prototype.attachShadow, {
    apply(native, self, [init, ...rest]) {
      if (init?.mode !== "closed") return Reflect.apply(native, self, [init, ...rest]);
      const root = Reflect.apply(native, self, [{ ...init, mode: "open" }, ...rest]);
      closed.add(root);
      return root;
    },
  });
  const pretend = (of, name, instead) => {
    const own = Object.getOwnPropertyDescriptor(of, name);
    const get = new Proxy(own.get, {
      apply(native, self) {
        const answer = Reflect.apply(native, self, []);
        return isClosed(name === "mode" ? self : answer) ? instead : answer;
      },
    });
    Object.defineProperty(of, name, { ...own, get });
  };
  pretend(Element.prototype, "shadowRoot", null);
  pretend(ShadowRoot.prototype, "mode", "closed");
}
