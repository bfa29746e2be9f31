// The page's button of that name: what a person who looks for the words would tap. Reads only.
(wording) => {
  const squeeze = (text) => (text || "").replace(/[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]/g, "").replace(/\s+/g, " ").trim();
  const CLICKABLE = "button, a, input[type=button], input[type=submit], input[type=image], [role=button], [role=link], [onclick]";
  // Arrows and icons around the words are no words, nor is what the eye alone or the ear alone gets.
  const bare = (text) => squeeze(text).replace(/^[^\p{L}\p{N}]+(?=.*[\p{L}\p{N}])|[^\p{L}\p{N}]+$/gu, "") || squeeze(text);
  const isClipped = (element) => {
    const { position, overflow } = getComputedStyle(element);
    return position === "absolute" && overflow === "hidden" && Math.min(element.offsetWidth, element.offsetHeight) <= 1;
  };
  const without = (isLeftOut) => {
    const words = (node) =>
      node.nodeType === Node.TEXT_NODE
        ? node.nodeValue
        : node.nodeType === Node.ELEMENT_NODE && !isLeftOut(node)
          ? [...node.childNodes].map(words).join("")
          : "";
    return (element) => bare(words(element)) === bare(wording);
  };
  // What a web component's slot shows stands in the document, not in it.
  const slotted = (element) =>
    [...element.querySelectorAll("slot")].flatMap((slot) => slot.assignedNodes({ flatten: true })).map((node) => node.textContent).join("");
  const pictured = (element) => element.alt || element.querySelector("img[alt]")?.alt;
  const nameOf = (element) =>
    squeeze(element.getAttribute("aria-label") || element.value || element.innerText || element.textContent.trim() || slotted(element) || pictured(element));
  const insideOf = (element) => element.shadowRoot ?? element.contentDocument?.body; // what a frame shows is the page's too
  const everyIn = (root) =>
    [...root.querySelectorAll("*")].flatMap((element) => [element, ...(insideOf(element) ? everyIn(insideOf(element)) : [])]);
  const isShown = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility === "visible";
  };
  const every = document.body ? everyIn(document.body) : [];
  const candidates = every.filter((element) => element.matches(CLICKABLE));
  const spoken = candidates.filter((element) => nameOf(element) === wording);
  const written = candidates.filter((element) => squeeze(element.textContent) === wording);
  const found = [...spoken, ...written];
  if (!found.length) {
    const [isHeard, isSeen] = [without((element) => element.getAttribute("aria-hidden") === "true"), without(isClipped)];
    const isDecorated = (element) => bare(nameOf(element)) === bare(wording) || isHeard(element) || isSeen(element);
    const anything = every.filter((element) => squeeze(element.textContent) === wording).reverse();
    found.push(...candidates.filter(isDecorated), ...anything, ...every.filter(isDecorated).reverse());
  }
  return found.find(isShown) || found[0] || null;
}
