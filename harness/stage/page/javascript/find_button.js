// The page's button of that name: what a person who looks for the words would tap. Reads only.
(wording) => {
  const squeeze = (text) => (text || "").replace(/\s+/g, " ").trim();
  const CLICKABLE = "button, a, input[type=button], input[type=submit], [role=button], [role=link], [onclick]";
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
  const found = [...spoken, ...written, ...anything];
  return found.find(isShown) || found[0] || null;
}
