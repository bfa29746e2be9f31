// Real timers, whatever the page's clock: kept aside by the departure probe before anything else runs.
async () => {
  const {setTimeout, requestAnimationFrame} = window.__departureProbe ?? window;
  await new Promise(done => {
    requestAnimationFrame(done);
    if (document.readyState === 'loading') setTimeout(done, 50);  // maybe no frame before the first layout
  });
  for (let turn = 0; turn < 2; turn++) await new Promise(done => setTimeout(done, 0));
}
