// The page's button of that name: what a person who looks for the words would tap. Reads only.
(wording) => {
  const squeeze = (text) => (text || "").replace(/\s+/g, " ").trim();
  const CLICKABLE = "button, a, input[type=button], input[type=submit], [role=button], [role=link], [onclick]";
  const nameOf = (element) =>
    squeeze(element.getAttribute("aria-label") || element.value || element.innerText || element.textContent);
  const candidates = [...document.querySelectorAll(CLICKABLE)];
  return (
    candidates.find((element) => nameOf(element) === wording) ||
    candidates.find((element) => squeeze(element.textContent) === wording) ||
    [...document.querySelectorAll("body *")].findLast((element) => squeeze(element.textContent) === wording) ||
    null
  );
}
