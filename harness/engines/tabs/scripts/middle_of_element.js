// [x, y] of the middle in CSS px of the viewport, and whether it is on its way there by what is over within a second;
// null when nothing is there to aim at; "frame" if run in an iframe.
element => {
  const box = () => [...element.getClientRects()].find(each => each.width && each.height);
  const middle = () => {
    const at = box(), points = [[at.left, at.top], [at.right, at.bottom]];
    let [isCut, view] = [false, element.ownerDocument.defaultView];
    for (let frame = null; ; view = frame.ownerDocument.defaultView) {
      isCut ||= points.some(([x, y]) => x < 0 || y < 0 || x > view.innerWidth || y > view.innerHeight);
      if (view === window || !(frame = view.frameElement)) break;
      const outer = frame.getBoundingClientRect(), style = getComputedStyle(frame);
      for (const point of points) {
        point[0] += outer.left + frame.clientLeft + parseFloat(style.paddingLeft);
        point[1] += outer.top + frame.clientTop + parseFloat(style.paddingTop);
      }
    }
    const [[left, top], [right, bottom]] = points;
    return { isCut, at: [left + (right - left) / 2, top + (bottom - top) / 2] };
  };
  if (!box() || getComputedStyle(element).visibility !== 'visible') return null;
  if (middle().isCut) element.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
  const isArriving = at =>
    at.getAnimations().some(each => each.playState === 'running' && each.effect.getComputedTiming().endTime <= 1000);
  const above = at => at.parentElement ?? at.getRootNode().host ?? at.ownerDocument.defaultView?.frameElement;
  let moves = false;
  for (let at = element; at; at = above(at)) moves ||= isArriving(at);
  return window === window.top ? [...middle().at, moves] : 'frame';
}
