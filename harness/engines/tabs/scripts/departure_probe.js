// Sees from inside the page what asks to leave, and reports it through a binding; runs before the page's own scripts.
(() => {
  if (window.__departureProbe) return;
  const {performance, setTimeout, requestAnimationFrame} = window;
  const own = {
    performance, setTimeout: setTimeout.bind(window),
    requestAnimationFrame: requestAnimationFrame.bind(window),
  };
  Object.defineProperty(window, '__departureProbe', {value: own, enumerable: false});
  const page = /^(about|data|blob|file|javascript):/i; // the harness knows which addresses of the web open an app
  const report = (url, observer, mechanism, target) => {
    let absolute;
    try { absolute = new URL(url, document.baseURI).href; } catch { return; }
    if (!page.test(absolute))
      window.__reportDeparture({url: absolute, observer, mechanism, sameTab: !newWindow(target)});
  };
  const here = ['_self', '_top', '_parent'];
  const newWindow = target => !!target && !here.includes(String(target).toLowerCase());

  const open = window.open;
  window.open = function (url, target, ...rest) {
    const elsewhere = newWindow(target ?? '_blank');
    if (url) report(url, 'probe-open', elsewhere ? 'new_window' : 'navigation', target ?? '_blank');
    return open.call(this, url, target, ...rest);
  };
  const followed = (link, event) => {
    if (event.defaultPrevented) return;
    report(link.href, 'probe-link', newWindow(link.target) ? 'new_window' : 'link', link.target);
  };
  window.addEventListener('click', event => {
    const link = event.composedPath().find(each => each instanceof HTMLAnchorElement && each.href);
    if (link) followed(link, event);
  });
  const click = HTMLElement.prototype.click;
  HTMLElement.prototype.click = function () {
    // A link that is not in the document is followed too, but its event never reaches the window.
    if (this instanceof HTMLAnchorElement && !this.isConnected)
      this.addEventListener('click', event => own.setTimeout(() => followed(this, event), 0), {once: true});
    return click.call(this);
  };
  const sent = form =>
    report(form.action, 'probe-form', newWindow(form.target) ? 'new_window' : 'form', form.target);
  const submit = HTMLFormElement.prototype.submit;
  HTMLFormElement.prototype.submit = function () { sent(this); return submit.call(this); };
  window.addEventListener('submit', event => { if (!event.defaultPrevented) sent(event.target); });

  const seen = new WeakMap();
  const look = node => {
    if (node instanceof HTMLIFrameElement && node.src && seen.get(node) !== node.src) {
      seen.set(node, node.src);
      report(node.src, 'probe-element', 'iframe');
    }
    if (node instanceof HTMLMetaElement && node.httpEquiv.toLowerCase() === 'refresh' && !seen.has(node)) {
      const syntax = /^\s*([\d.]*)[^;,]*[;,]?\s*(?:url\s*=\s*)?['"]?([^'"]*)/i;
      const [, seconds, url] = syntax.exec(node.content) ?? [];
      seen.set(node, true);
      if (url) own.setTimeout(() => report(url, 'probe-element', 'refresh'), seconds * 1000);
    }
    for (const child of node.children ?? []) look(child);
  };
  new MutationObserver(changes => {
    for (const change of changes) {
      if (change.type === 'attributes') look(change.target);
      for (const node of change.addedNodes) look(node);
    }
  }).observe(document, {childList: true, subtree: true, attributes: true, attributeFilter: ['src']});
  window.navigation?.addEventListener('navigate', event =>
    report(event.destination.url, 'probe-navigate', 'navigation'));
})()
