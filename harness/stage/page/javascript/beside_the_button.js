// Returns a point of the viewport, in CSS px, where a finger aims at nothing: not at the button of these words, nor
// at another small thing that is made to be tapped. What fills the page is not aimed at. Null where there is none.
// HOW is what the finger does: to scroll, it begins as near to the middle of the page as it can.
(wording, how, findButton) => {
  const TAPPABLE = "a[href], button, input, select, textarea, label, summary, video, audio, iframe, [role=button]";
  const FILLS = 0.3; // of the viewport: what is that large gets touches that were not meant for it
  const button = findButton(wording);
  const box = button?.getBoundingClientRect();
  const middle = box ? [box.left + box.width / 2, box.top + box.height / 2] : [innerWidth / 2, innerHeight / 2];
  const isMadeForIt = (element) => {
    const target = element?.closest(TAPPABLE);
    if (!target) return false;
    if (button && (button === target || button.contains(target))) return true;
    const { width, height } = target.getBoundingClientRect();
    return width * height < FILLS * innerWidth * innerHeight;
  };
  const points = [0.04, 0.5, 0.96].flatMap((x) =>
    [0.02, 0.2, 0.4, 0.6, 0.8, 0.98].map((y) => [Math.round(x * innerWidth), Math.round(y * innerHeight)]),
  );
  const distance = ([x, y]) => Math.hypot(x - middle[0], y - middle[1]);
  const free = points.filter(([x, y]) => !isMadeForIt(document.elementFromPoint(x, y)));
  const isOnWhatFills = ([x, y]) => Number(document.elementFromPoint(x, y)?.closest(TAPPABLE) != null);
  const fromCentre = ([x, y]) => Math.hypot(x - innerWidth / 2, y - innerHeight / 2);
  if (how === "swipe") free.sort((a, b) => fromCentre(a) - fromCentre(b));
  else free.sort((a, b) => isOnWhatFills(b) - isOnWhatFills(a) || distance(b) - distance(a));
  return free[0] ?? null;
}
