// A worker's clock. Runs in the worker before its own script, and lets its timers come due when the page's harness
// says so: messages that carry NAME are its orders, of which the worker's own script hears nothing, or those of a
// channel of that name. Until then its time is the real one.
(NAME, byChannel) => {
  const native = {
    setTimeout: self.setTimeout.bind(self),
    clearTimeout: self.clearTimeout.bind(self),
    now: performance.now.bind(performance),
    Date,
  };
  const SHORTEST_MS = 4; // HTML: of intervals, and of timers that set each other
  const OFTEN = 600; // after so many runs of one order what runs often is thinned out, as in the page
  const THINNED_MS = 500;
  const MOST_RUNS = 5000; // of one order: a worker that never comes to an end gives up its time
  const timers = new Map(); // id -> { at, every, call, handle }
  let skew = 0; // ms that passed by orders
  let last = 0;
  let runs = 0;
  const now = () => native.now() + skew;
  const wait = (id, timer) => {
    native.clearTimeout(timer.handle);
    timer.handle = native.setTimeout(fire, Math.max(0, timer.at - now()), id);
  };
  const fire = (id) => {
    const timer = timers.get(id);
    if (!timer) return;
    native.clearTimeout(timer.handle);
    if (timer.every === null) timers.delete(id);
    else {
      timer.at += Math.max(timer.every, runs > OFTEN ? THINNED_MS : SHORTEST_MS);
      wait(id, timer);
    }
    timer.call();
  };
  const begin = (repeats, [handler, ms, ...given]) => {
    const delay = Math.max(0, Number(ms) || 0);
    const id = ++last;
    const call = typeof handler === "function" ? () => handler.apply(self, given) : () => (0, eval)(String(handler));
    const timer = { at: now() + delay, every: repeats ? delay : null, call, handle: 0 };
    timers.set(id, timer);
    wait(id, timer);
    return id;
  };
  const end = (id) => {
    native.clearTimeout(timers.get(id)?.handle);
    timers.delete(id);
  };
  const replace = (owner, name, apply) => (owner[name] = new Proxy(owner[name], { apply }));
  replace(self, "setTimeout", (_native, _self, given) => begin(false, given));
  replace(self, "setInterval", (_native, _self, given) => begin(true, given));
  for (const name of ["clearTimeout", "clearInterval"]) replace(self, name, (_native, _self, [id]) => end(id));
  replace(performance, "now", () => now());
  self.Date = new Proxy(native.Date, {
    construct: (made, given, as) => Reflect.construct(made, given.length ? given : [made.now() + skew], as),
    apply: (made) => new made(made.now() + skew).toString(),
    get: (made, name) => (name === "now" ? () => made.now() + skew : Reflect.get(made, name)),
  });

  const turn = () => new Promise((done) => native.setTimeout(done, 0));
  const advance = async (ms) => {
    const until = now() + ms;
    for (runs = 0; runs < MOST_RUNS; runs++) {
      const [id, next] = [...timers].reduce((a, b) => (b[1].at < a[1].at ? b : a), [0, { at: Infinity }]);
      if (next.at > until) break;
      skew += Math.max(0, next.at - now());
      try {
        fire(id);
      } catch (error) {
        native.setTimeout(() => {
          throw error; // where the worker's own handlers of errors hear of it
        }, 0);
      }
      if (runs % 20 === 0) await turn(); // what a timer began may set the next one
      else await null;
    }
    skew += Math.max(0, until - now());
    for (const [id, timer] of timers) wait(id, timer);
  };
  const onOrder = async (event) => {
    const order = event.data?.[NAME];
    if (order === undefined) return;
    event.stopImmediatePropagation();
    await advance(order);
    (event.ports[0] ?? self).postMessage(0);
  };
  if (byChannel) {
    const id = String(Math.random());
    const channel = new BroadcastChannel(NAME);
    channel.onmessage = async ({ data: { who, to, ms, number } }) => {
      if (who) channel.postMessage({ here: id });
      if (!to?.includes(id)) return;
      await advance(ms);
      channel.postMessage({ done: number, id });
    };
    channel.postMessage({ here: id });
    return;
  }
  self.addEventListener("message", onOrder);
  self.addEventListener("connect", (event) => event.ports[0].addEventListener("message", onOrder));
}
