// The page's button of that name: what a person who looks for the words would tap. Reads only.
(wording) => {
  const squeeze = (text) => (text || "").replace(/\s+/g, " ").trim();
  const CLICKABLE = "button, a, input[type=button], input[type=submit], [role=button], [role=link], [onclick]";
  // Arrows and icons around the words are no words, nor is what only the eye gets.
  const bare = (text) => squeeze(text).replace(/^[^\p{L}\p{N}]+(?=.*[\p{L}\p{N}])|[^\p{L}\p{N}]+$/gu, "") || squeeze(text);
  const heard = (node) =>
    node.nodeType === Node.TEXT_NODE
      ? node.nodeValue
      : node.nodeType === Node.ELEMENT_NODE && node.getAttribute("aria-hidden") !== "true"
        ? [...node.childNodes].map(heard).join("")
        : "";
  const nameOf = (element) =>
    squeeze(element.getAttribute("aria-label") || element.value || element.innerText || element.textContent);
  const everyIn = (root) =>
    [...root.querySelectorAll("*")].flatMap((element) => [element, ...(element.shadowRoot ? everyIn(element.shadowRoot) : [])]);
  const isShown = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility === "visible";
  };
  const every = document.body ? everyIn(document.body) : [];
  const candidates = every.filter((element) => element.matches(CLICKABLE));
  const spoken = candidates.filter((element) => nameOf(element) === wording);
  const written = candidates.filter((element) => squeeze(element.textContent) === wording);
  const anything = every.filter((element) => squeeze(element.textContent) === wording).reverse();
  const [wanted, around] = [bare(wording), (element) => bare(heard(element)) === wanted];
  const decorated = [...candidates.filter((element) => bare(nameOf(element)) === wanted || around(element)), ...every.filter(around).reverse()];
  const found = [...spoken, ...written, ...anything, ...decorated];
  return found.find(isShown) || found[0] || null;
}
