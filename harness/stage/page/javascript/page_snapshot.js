// What the callback's page is at this moment, as a person would see it. Reads only; changes nothing.
(wording, findButton, readRefreshes) => {
  const squeeze = (text) => (text || "").replace(/\s+/g, " ").trim();

  // What fades in is shown if that is over soon, and is not if it takes longer, however far it is at this moment.
  const SOON_MS = 1000;
  const FAINTEST = 0.1; // of what nobody sees any more
  const fades = (element) =>
    element
      .getAnimations()
      .filter((each) => each.playState === "running" && Number(each.effect.getKeyframes()[0]?.opacity ?? 1) < FAINTEST);
  const isOverSoon = (animation) => animation.effect.getComputedTiming().endTime <= SOON_MS;
  const isShown = (element) => {
    const box = element.getBoundingClientRect();
    if (box.width <= 0 || box.height <= 0) return false;
    let opacity = 1;
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.display === "none") return false;
      const fading = fades(at);
      if (!fading.every(isOverSoon)) return false;
      opacity *= fading.length ? 1 : Number(style.opacity);
      if (opacity < FAINTEST) return false;
    }
    return getComputedStyle(element).visibility === "visible";
  };
  const pictured = (element) => element.alt || element.querySelector("img[alt]")?.alt;
  const nameOf = (element) =>
    squeeze(element.getAttribute("aria-label") || element.value || wordsOf(element, true).trim() || element.textContent.trim() || pictured(element));

  const hitAt = (root, x, y) => {
    const hit = root.elementFromPoint(x, y);
    return hit && hit.shadowRoot && hit.shadowRoot !== root ? hitAt(hit.shadowRoot, x, y) || hit : hit;
  };

  // An inline element's own box is as high as its line, whatever stands in it; what stands in it is tapped too.
  const boxOf = (element) => {
    const inside = getComputedStyle(element).display === "inline" ? element.querySelectorAll("*") : [];
    const boxes = [element, ...inside].map((each) => each.getBoundingClientRect()).filter((each) => each.width * each.height);
    const [left, top] = ["left", "top"].map((side) => Math.min(...boxes.map((each) => each[side])));
    const [right, bottom] = ["right", "bottom"].map((side) => Math.max(...boxes.map((each) => each[side])));
    return boxes.length ? { left, top, right, bottom, width: right - left, height: bottom - top } : element.getBoundingClientRect();
  };

  const describeButton = (element) => {
    if (!element) return null;
    const box = boxOf(element);
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const inside = box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;
    const hit = inside ? hitAt(document, x, y) : null;
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
    const inside = [...(given.length ? given : (element.shadowRoot || element).childNodes)].map((node) => {
      if (node.nodeType === Node.TEXT_NODE) return seen ? node.nodeValue.replace(/\s+/g, " ") : "";
      return node.nodeType === Node.ELEMENT_NODE ? wordsOf(node, isHeard) : "";
    });
    const field = element.matches("input[type=button], input[type=submit]") ? element.value : "";
    const words = added(element, "::before") + field + inside.join("") + added(element, "::after");
    return element.tagName === "BR" ? "\n" : isBlock(element) ? `\n${words}\n` : words;
  };
  const visibleWords = () => (document.body ? wordsOf(document.body).replace(/[ \t]*\n\s*/g, "\n").trim() : "");

  const type = document.contentType || "";
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
    button: describeButton(findButton(wording)),
  };
}
