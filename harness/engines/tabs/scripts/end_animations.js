// Brings what runs by another clock than the page's timers to its end: CSS animations and transitions, Web Animations,
// SVG's own, sounds and videos. One that never ends is taken a round on. Returns how many came to their end.
() => {
  const SVG_S = 600;
  const documents = (top) => [
    top,
    ...[...top.querySelectorAll("iframe")].flatMap((each) =>
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
  let ended = 0;
  for (const each of documents(document)) {
    for (const animation of each.getAnimations()) ended += end(animation);
    for (const media of each.querySelectorAll("audio, video")) ended += endMedia(media);
    for (const moving of each.querySelectorAll("animate, animateTransform, animateMotion, set"))
      moving.ownerSVGElement?.setCurrentTime(moving.ownerSVGElement.getCurrentTime() + SVG_S);
  }
  return ended;
}
