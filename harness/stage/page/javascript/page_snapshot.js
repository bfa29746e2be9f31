// What the callback's page is at this moment, as a person would see it. Reads only; changes nothing.
(wording, findButton, readRefreshes) => {
  const squeeze = (text) => (text || "").replace(/[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]/g, "").replace(/\s+/g, " ").trim();

  // What comes in by an animation that is over soon is as it will be then; a longer one is seen as far as it is,
  // and what fades in by it is not shown. Nothing hears of it: the time is set back before the page goes on.
  const SOON_MS = 1000;
  const FAINTEST = 0.1; // of what nobody sees any more
  const running = (element) => element.getAnimations().filter((each) => each.playState === "running");
  const fades = (element) =>
    running(element).some((each) => Number(each.effect.getKeyframes()[0]?.opacity ?? 1) < FAINTEST);
  const around = (element) => (element ? [element, ...around(element.parentElement ?? element.getRootNode().host ?? frameOf(element))] : []);
  const settled = (element, read) => {
    const endOf = (each) => each.effect.getComputedTiming().endTime;
    const moving = around(element).flatMap(running).filter((each) => endOf(each) <= SOON_MS);
    const times = moving.map((each) => each.currentTime);
    moving.forEach((each) => (each.currentTime = endOf(each)));
    try {
      return read(element);
    } finally {
      moving.forEach((each, index) => (each.currentTime = times[index]));
    }
  };
  const frameOf = (element) => element.ownerDocument.defaultView?.frameElement;
  const isShown = (element) => {
    const box = element.getBoundingClientRect();
    if (box.width <= 0 || box.height <= 0) return false;
    if (element.checkVisibility?.() === false) return false; // in a closed <details> it keeps its size
    let opacity = 1;
    for (const at of around(element)) {
      const style = getComputedStyle(at);
      if (style.display === "none" || fades(at)) return false;
      opacity *= Number(style.opacity);
      if (opacity < FAINTEST) return false;
    }
    return getComputedStyle(element).visibility === "visible";
  };
  const pictured = (element) => element.alt || element.querySelector("img[alt]")?.alt;
  const nameOf = (element) =>
    squeeze(element.getAttribute("aria-label") || element.value || wordsOf(element, true).trim() || element.textContent.trim() || pictured(element));

  const hitAt = (root, x, y) => {
    const hit = root.elementFromPoint(x, y);
    if (hit?.contentDocument) return hitAt(hit.contentDocument, x - frameLeft(hit), y - frameTop(hit)) || hit;
    return hit && hit.shadowRoot && hit.shadowRoot !== root ? hitAt(hit.shadowRoot, x, y) || hit : hit;
  };
  const frameLeft = (frame) =>
    frame.getBoundingClientRect().left + frame.clientLeft + parseFloat(getComputedStyle(frame).paddingLeft);
  const frameTop = (frame) =>
    frame.getBoundingClientRect().top + frame.clientTop + parseFloat(getComputedStyle(frame).paddingTop);

  // An inline element's own box is as high as its line, whatever stands in it; what stands in it is tapped too.
  const boxOf = (element) => {
    const inside = getComputedStyle(element).display === "inline" ? element.querySelectorAll("*") : [];
    const boxes = [element, ...inside].map((each) => each.getBoundingClientRect()).filter((each) => each.width * each.height);
    const [left, top] = ["left", "top"].map((side) => Math.min(...boxes.map((each) => each[side])));
    const [right, bottom] = ["right", "bottom"].map((side) => Math.max(...boxes.map((each) => each[side])));
    return boxes.length ? { left, top, right, bottom, width: right - left, height: bottom - top } : element.getBoundingClientRect();
  };

  // The middle of a box of this element's document, in CSS px of the viewport; null where a frame or it cuts the box.
  const placed = ({ left, top, right, bottom }, element) => {
    const { innerWidth, innerHeight } = element.ownerDocument.defaultView;
    if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight) return null;
    const frame = frameOf(element);
    if (!frame) return [(left + right) / 2, (top + bottom) / 2];
    const [x, y] = [frameLeft(frame), frameTop(frame)];
    return placed({ left: left + x, top: top + y, right: right + x, bottom: bottom + y }, frame);
  };

  const describeButton = (element) => {
    const box = boxOf(element);
    const middle = placed(box, element);
    const inside = middle !== null;
    const hit = inside ? hitAt(document, ...middle) : null;
    return {
      text: squeeze(wordsOf(element) || element.value),
      name: nameOf(element),
      tag: element.tagName.toLowerCase(),
      visible: isShown(element),
      enabled: !element.matches(":disabled, [aria-disabled=true]") && !element.closest("[inert]"),
      in_viewport: inside,
      covered: inside ? !(hit && (element === hit || element.contains(hit))) : null,
      width: Math.round(box.width * 100) / 100,
      height: Math.round(box.height * 100) / 100,
      href: element.getAttribute("href"),
    };
  };

  // Words as they are written: `text-transform` changes how they look, and a style's `content` adds to them.
  const added = (element, which) => {
    const content = getComputedStyle(element, which).content;
    const quoted = /^(["'])(.*)\1$/.exec(content || "");
    return quoted ? quoted[2] : "";
  };
  const isBlock = (element) => !/^(inline|contents|none)/.test(getComputedStyle(element).display);
  const wordsOf = (element, isHeard) => {
    if (isHeard && element.getAttribute("aria-hidden") === "true") return "";
    if (["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE"].includes(element.tagName)) return "";
    const { display, position, overflow, visibility } = getComputedStyle(element);
    if (element !== document.body && display === "none") return "";
    // What is clipped to a pixel is for screen readers alone.
    const isClipped = position === "absolute" && overflow === "hidden" && Math.min(element.offsetWidth, element.offsetHeight) <= 1;
    if (!isHeard && isClipped) return "";
    const seen = visibility === "visible";
    const given = element.tagName === "SLOT" ? element.assignedNodes() : [];
    const framed = element.contentDocument?.body;
    if (framed) return seen && element.clientHeight ? `\n${wordsOf(framed, isHeard)}\n` : "";
    const inside = [...(given.length ? given : (element.shadowRoot || element).childNodes)].map((node) => {
      if (node.nodeType === Node.TEXT_NODE) return seen ? node.nodeValue.replace(/\s+/g, " ") : "";
      return node.nodeType === Node.ELEMENT_NODE ? wordsOf(node, isHeard) : "";
    });
    const field = element.matches("input[type=button], input[type=submit]") ? element.value : "";
    const words = added(element, "::before") + field + inside.join("") + added(element, "::after");
    return element.tagName === "BR" ? "\n" : isBlock(element) ? `\n${words}\n` : words;
  };
  const visibleWords = () => (document.body ? wordsOf(document.body).replace(/[ \t]*\n\s*/g, "\n").trim() : "");

  // A frame of the site's own that has not come yet: it may hold the button.
  const isOnItsWay = ({ contentDocument, src }) =>
    contentDocument && (contentDocument.readyState !== "complete" || (contentDocument.URL === "about:blank" && /^http/.test(src)));

  const type = document.contentType || "";
  const button = findButton(wording);
  return {
    url: location.href,
    content_type: type,
    charset: document.characterSet,
    title: document.title,
    text: visibleWords().slice(0, 100_000),
    html: (document.documentElement?.outerHTML ?? "").slice(0, 1_000_000),
    lang: document.documentElement?.getAttribute("lang") || "",
    referrer_policy: document.querySelector("meta[name=referrer]")?.content || "",
    refreshes: readRefreshes().flatMap(([, , contents]) => contents),
    button: button && settled(button, describeButton),
    is_coming: performance.getEntriesByType("navigation")[0]?.responseEnd === 0,
    frames_to_come: [...document.querySelectorAll("iframe, frame")].some(isOnItsWay),
  };
}
