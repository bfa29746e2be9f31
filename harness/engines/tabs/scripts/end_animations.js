// Brings what runs by another clock than the page's timers to its end: CSS animations and transitions, Web Animations,
// SVG's own, sounds and videos. One that never ends is taken a round on. Returns how many came to their end.
() => {
  const SVG_S = 600;
  const MOST_MOVING = 100;
  const documents = (top) => [
    top,
    ...[...top.querySelectorAll("iframe, frame, object, embed")].flatMap((each) =>
      each.contentDocument ? documents(each.contentDocument) : [],
    ),
  ];
  const end = (animation) => {
    const timing = animation.effect?.getComputedTiming();
    if (!timing || animation.playState !== "running" || !animation.playbackRate) return 0;
    if (timing.endTime < Infinity) animation.finish();
    else if (timing.duration > 0) animation.currentTime += timing.duration;
    return Number(timing.endTime < Infinity);
  };
  const endMedia = (media) => {
    if (media.paused || media.ended || !Number.isFinite(media.duration)) return 0;
    media.currentTime = media.duration;
    return 1;
  };
  // Into each moment at which an animation of SVG's begins, repeats or ends: one that is passed over tells nothing.
  const momentsOf = (moving) => {
    try {
      const [start, length] = [moving.getStartTime(), moving.getSimpleDuration()];
      return [0, 1, 2].flatMap((round) => [start + (round + 0.1) * length, start + (round + 0.9) * length]);
    } catch {
      return []; // it does not begin by itself, or has no end
    }
  };
  const endMoving = (svg) => {
    const now = svg.getCurrentTime();
    const moving = [...svg.querySelectorAll("animate, animateTransform, animateMotion, set")].slice(0, MOST_MOVING);
    const moments = moving.flatMap(momentsOf).filter((moment) => now < moment && moment < now + SVG_S);
    if (!moving.length) return;
    for (const moment of [...moments.sort((a, b) => a - b), now + SVG_S]) svg.setCurrentTime(moment);
  };
  let ended = 0;
  for (const each of documents(document)) {
    for (const animation of each.getAnimations()) ended += end(animation);
    for (const media of each.querySelectorAll("audio, video")) ended += endMedia(media);
    for (const svg of each.querySelectorAll("svg")) endMoving(svg);
  }
  return ended;
}
