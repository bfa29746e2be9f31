// [x, y] of the middle in CSS px of the viewport; null when nothing is there to aim at; "frame" in an iframe.
element => {
  const box = () => [...element.getClientRects()].find(each => each.width && each.height);
  let at = box();
  if (!at || getComputedStyle(element).visibility !== 'visible') return null;
  if (at.left < 0 || at.top < 0 || at.right > innerWidth || at.bottom > innerHeight) {
    element.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
    at = box();
  }
  return window === window.top ? [at.left + at.width / 2, at.top + at.height / 2] : 'frame';
}
