// The texts that a picture of the page may show: its own, its fields', and those of what stands inside it.
() => {
  const textsOf = (root) => [
    root.body?.innerText ?? root.textContent,
    ...[...root.querySelectorAll("input:not([type=hidden], [type=password]), textarea")].map((each) => each.value),
    ...[...root.querySelectorAll("*")].flatMap(({ shadowRoot }) => (shadowRoot ? textsOf(shadowRoot) : [])),
    ...[...root.querySelectorAll("iframe")].flatMap((each) => (each.contentDocument ? textsOf(each.contentDocument) : [])),
  ];
  return textsOf(document).join("\n").slice(0, 1_000_000);
}
