"""What the host asks a page itself, in an isolated script world with timers and frames that are real."""

# Two turns of the page's timer queue: a navigation that a script asked for starts by a 0 ms timer after it.
SETTLE = """
  await new Promise(done => setTimeout(done, 0));
  await new Promise(done => setTimeout(done, 0));
"""
VISIBILITY = """
  if (document.visibilityState !== '%s')
    await new Promise(done => document.addEventListener('visibilitychange', done, {once: true}));
"""
# A page that is still being parsed may have no frames before its first layout.
FRAME = """
  await new Promise(done => {
    requestAnimationFrame(done);
    if (document.readyState === 'loading') setTimeout(done, 50);
  });
"""
PAINT = """
  return await new Promise(done => new PerformanceObserver(list => {
    for (const entry of list.getEntriesByName('first-contentful-paint')) done(entry.startTime);
  }).observe({type: 'paint', buffered: true}));
"""
