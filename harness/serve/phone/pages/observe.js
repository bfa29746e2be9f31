// Tells the harness of taps, attempts to leave, visibility and pagehide; changes nothing the page could see but
// window.open and form.submit, which do what they did. Each message is a beacon of its own: a page may be left at once.
(() => {
  const here = document.currentScript, exchange = Number(here.dataset.exchange);
  const path = new URL('said', here.src).href, page = Math.random().toString(36).slice(2);
  here.remove();
  const beacon = navigator.sendBeacon.bind(navigator), now = performance.now.bind(performance);
  const later = setTimeout.bind(window), nav = window.navigation;
  // Of WebKit's Navigation API nobody has shown that it tells of ways to an app.
  const seesAll = Boolean(nav?.addEventListener) && navigator.vendor === 'Google Inc.';
  const say = (kind, words = {}, at = now()) =>
    beacon(path, JSON.stringify({kind, page, exchange, at_ms: at, ...words}));
  const isActive = () => navigator.userActivation?.isActive ?? null;
  const absolute = url => { try { return new URL(url, document.baseURI).href; } catch { return String(url); } };
  const isInside = url => /^(about|blob|data|javascript):/i.test(url) || url.startsWith(`${location.origin}/`);
  let taps = 0, down = null, hint = '', last = null;

  const wording = place => (place.textContent || place.value || '').trim().slice(0, 200);
  const tapped = () => {
    if (!down || down.number) return;
    down.number = ++taps;
    const number = taps;
    if (!down.target) return say('beside', {x: down.x, y: down.y}, down.at);
    last = {number, target: wording(down.target), at_ms: down.at};  // a beacon may overtake another
    say('tap', last, down.at);
    later(() => say('settled', {number}), 1200);  // a gesture is handed on through timers of a second
  };
  const leaves = (url, how, sameTab) => {
    url = absolute(url);
    if (isInside(url)) return;
    tapped();
    say('departure', {url: url.slice(0, 4000), how, same_tab: sameTab, active: isActive(), tap: last});
    hint = url;
    later(() => { if (hint === url) hint = ''; }, 200);
  };
  const isSame = target => ['', '_self', '_top', '_parent'].includes((target || '').toLowerCase());

  const touched = event => {
    if (!event.isTrusted) return;
    const target = event.target?.closest?.('a, button, input, select, textarea, label, summary, [role=button], [role=link]');
    down = {at: now(), target, x: event.clientX || 0, y: event.clientY || 0, number: 0};
  };
  addEventListener('pointerdown', touched, true);
  addEventListener('pointercancel', () => { if (!down?.number) down = null; }, true);
  addEventListener('click', event => {
    if (event.isTrusted) {
      if (!down || down.clicked) touched(event);  // by the keyboard
      down.clicked = true;
      tapped();
    }
    const link = event.composedPath().find(each => each.localName === 'a' && each.href);
    if (!link || seesAll && isSame(link.target)) return;
    const active = isActive(), url = String(link.href), same = isSame(link.target);
    later(() => { if (!event.defaultPrevented) leaves(url, active === false ? 'click by script' : 'link', same); });
  }, true);
  addEventListener('submit', event => {
    const form = event.target, same = isSame(form.target);
    if (!seesAll || !same) later(() => { if (!event.defaultPrevented) leaves(form.action, 'form', same); });
  }, true);

  const {open} = window, {submit} = HTMLFormElement.prototype;
  window.open = function (url, target, ...rest) {
    if (url) leaves(url, 'window.open', Boolean(target) && isSame(target));
    return open.call(this, url, target, ...rest);
  };
  HTMLFormElement.prototype.submit = function () {
    leaves(this.action, 'form', isSame(this.target));
    return submit.call(this);
  };
  nav?.addEventListener?.('navigate', event => {
    const url = event.destination.url;
    if (event.hashChange || event.downloadRequest !== null || url === hint) { hint = ''; return; }
    leaves(url, event.userInitiated ? 'link' : event.formData ? 'form' : 'navigation', true);
  });

  const known = new WeakMap();
  let framed = false;
  const refreshes = (meta, [, seconds, url]) => later(() => {
    if (meta.isConnected && !seesAll) leaves(url, 'meta refresh', true);
  }, seconds * 1000);
  const met = each => {
    const to = each.localName === 'meta' ? each.content : each.src || each.data || 'about:blank';
    if (known.get(each) === to) return;
    known.set(each, to);
    if (each.localName === 'meta') {
      const found = /^\s*(\d+)[^=]*=\s*['"]?([^'"]+)/.exec(to);
      if (found) refreshes(each, found);
    } else {
      if (!framed) say('framed');
      framed = true;
      leaves(to, 'iframe', true);
    }
  };
  const MET = 'iframe, frame, object, embed, meta[http-equiv=refresh i]';
  new MutationObserver(all => {
    for (const {target, type, addedNodes} of all)
      for (const each of type === 'attributes' ? [target] : addedNodes)
        if (each.matches) [each, ...each.querySelectorAll(MET)].filter(some => some.matches(MET)).forEach(met);
  }).observe(document, {subtree: true, childList: true, attributeFilter: ['src', 'data', 'content', 'http-equiv']});

  document.addEventListener('visibilitychange', () => say('visibility', {state: document.visibilityState}));
  addEventListener('pagehide', () => say('visibility', {state: 'pagehide'}));
  addEventListener('pageshow', event => { if (event.persisted) say('visibility', {state: 'pageshow'}); });
  document.addEventListener('DOMContentLoaded', () => say('parsed'));  // a policy in the markup may silence it
  say('began', {sees_navigations: seesAll});
})();
