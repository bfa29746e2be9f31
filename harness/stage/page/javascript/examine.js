// What axe finds on the page. `axe` is what its own script has left in the world that this runs in. Frames are
// not entered: axe is not in them, and would wait for their answer. Nothing is loaded for it.
async ({ rules, most }) => {
  const found = await axe.run(document, {
    runOnly: { type: "tag", values: rules },
    resultTypes: ["violations"],
    iframes: false,
    preload: false,
  });
  const cut = (text) => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
  const sentence = (node) => [...node.any, ...node.all, ...node.none].map((each) => each.message).join("; ");
  const violations = found.violations.flatMap((each) =>
    each.nodes.map((node) => ({
      rule: each.id,
      element: cut(node.target.flat().join(" ")),
      says: cut(sentence(node) || each.help),
    })),
  );
  return { version: found.testEngine.version, violations: violations.slice(0, most) };
}
