// The page's time around a tap. Runs in the page's own world, before the page and after Playwright's clock, which
// it builds upon: that clock stands still until the harness lets time pass, and what it runs has no user gesture.
// WebKit hands a tap's gesture on to timers and frames of the next second. So what the page schedules between the
// lift of a finger and the harness's `land` runs on the browser's real ones, all else on the clock. Orders come as
// events named NAME of the document, answers go back as NAME + "!". PASSED_MS is page time of pages before this one,
// `openWorkers` is workers/page_workers.js.
(NAME, PASSED_MS, openWorkers) => {
  const { parse, stringify } = JSON; // kept: what the page does to its own must not reach this script
  const Told = CustomEvent;
  const tell = document.dispatchEvent.bind(document);
  const answerWith = (orders) =>
    document.addEventListener(NAME, async (event) => {
      event.stopImmediatePropagation();
      event.preventDefault(); // says that there is a clock in this document
      const order = parse(event.detail);
      let answer = {};
      try {
        answer = await orders(order);
      } catch {
        // The page has changed what the clock itself needs: its time does not pass any more.
      }
      tell(new Told(NAME + "!", { detail: stringify(answer) }));
    });
  if (!document.dispatchEvent(new Told(NAME, { detail: "{}", cancelable: true }))) return; // it is here already
  const isNative = /\[native code\]/.test(Function.prototype.toString.call(window.setTimeout));
  const clock = window.__pwClock;
  if (!clock && isNative) return;
  const { controller, builtins } = clock ?? {};
  const known = ["_embedder", "_now", "_advanceNow", "_takeFirstTimer", "_timers", "addTimer"];
  if (!controller || known.some((part) => !controller[part])) {
    answerWith(async () => ({ broken: "Playwright's clock has other parts than page_time.js knows" }));
    return;
  }
  const report = self.reportError.bind(self);
  const GESTURE_MS = 1000; // UserGestureToken::maximumIntervalForUserGestureForwarding
  const STEP_MS = 10;
  const realNow = () => controller._embedder.performanceNow();
  const fake = {
    setTimeout: window.setTimeout,
    setInterval: window.setInterval,
    requestAnimationFrame: window.requestAnimationFrame,
    clearTimeout: window.clearTimeout,
    clearInterval: window.clearInterval,
    cancelAnimationFrame: window.cancelAnimationFrame,
  };
  controller.now(); // brings the clock to where Playwright has it
  controller._now.time += PASSED_MS; // and that to where orders to the tab's pages before this one brought it
  controller._now.origin += PASSED_MS;

  // Playwright's clock knows nothing of how the page was loaded: all but the time is the browser's own.
  const { performance: timed } = window;
  const own = builtins.performance;
  const read = (_own, name) => {
    if (name === "now" || name === "timeOrigin") return timed[name];
    return typeof own[name] === "function" ? own[name].bind(own) : own[name];
  };
  window.performance = new Proxy(own, { get: read });

  let lifted = null; // { real, page }: when the finger was lifted, in ms of either time
  const running = new Map(); // key -> timer or frame on WebKit's own clock
  const returned = new Map(); // key -> its number on the page's clock, once it has gone back there
  const keyOf = (kind, id) => (kind === "frame" ? "frame" : "timer") + id;

  for (const name of ["now", "performanceNow"]) {
    const asked = controller[name];
    controller[name] = () => {
      if (lifted) catchUp(); // a page that waits for the time to pass must not wait for ever
      return asked.call(controller);
    };
  }
  const catchUp = () => controller._advanceNow(lifted.page + realNow() - lifted.real);
  const call = ({ handler, given }) =>
    typeof handler === "function" ? handler.apply(window, given) : (0, eval)(String(handler));

  const fire = (timer) => {
    running.delete(timer.key);
    if (lifted) catchUp();
    controller._advanceNow(timer.due);
    if (timer.kind === "interval")
      returned.set(timer.key, fake.setInterval(timer.handler, timer.delay, ...timer.given));
    if (timer.kind === "frame") timer.given = [controller._now.ticks];
    call(timer);
  };
  const begin = (kind, handler, delay, given) => {
    catchUp();
    const timer = { kind, handler, delay, given, due: controller._now.ticks + delay };
    const id =
      kind === "frame"
        ? builtins.requestAnimationFrame(() => fire(timer))
        : builtins.setTimeout(() => fire(timer), delay);
    timer.id = id;
    timer.key = keyOf(kind, id);
    running.set(timer.key, timer);
    return id;
  };
  const end = (kind, id) => {
    const key = keyOf(kind, id);
    const timer = running.get(key);
    if (timer) (timer.kind === "frame" ? builtins.cancelAnimationFrame : builtins.clearTimeout)(id);
    running.delete(key);
    if (returned.has(key)) id = returned.get(key);
    returned.delete(key);
    return id;
  };
  const inMs = (delay) => Math.max(0, Number(delay) || 0);
  const SHORTEST_INTERVAL_MS = 4; // HTML: from the fifth run on; at 0 ms the clock would run it for ever

  const replace = (name, kind, act) => {
    window[name] = new Proxy(builtins[name], { apply: (_native, _self, given) => act(kind, given) });
  };
  const schedule = (name) => (kind, given) => {
    const [handler, ms, ...rest] = given;
    const delay = kind === "frame" ? 0 : Math.max(inMs(ms), kind === "interval" ? SHORTEST_INTERVAL_MS : 0);
    if (kind === "interval") given = [handler, delay, ...rest];
    const isHandler = typeof handler === "function" || (kind !== "frame" && typeof handler === "string");
    if (!lifted || !isHandler || delay > GESTURE_MS) return fake[name](...given);
    return begin(kind, handler, delay, rest);
  };
  const cancel = (name) => (kind, given) => fake[name](end(kind, given[0]));
  replace("setTimeout", "timeout", schedule("setTimeout"));
  replace("setInterval", "interval", schedule("setInterval"));
  replace("requestAnimationFrame", "frame", schedule("requestAnimationFrame"));
  replace("clearTimeout", "timeout", cancel("clearTimeout"));
  replace("clearInterval", "interval", cancel("clearInterval"));
  replace("cancelAnimationFrame", "frame", cancel("cancelAnimationFrame"));
  const onClock = AbortSignal.timeout;
  AbortSignal.timeout = new Proxy(onClock, {
    apply: (_native, _self, [ms]) => {
      if (!lifted || inMs(ms) > GESTURE_MS) return onClock(ms);
      const controller = new AbortController();
      const error = () => new DOMException("The operation timed out.", "TimeoutError");
      begin("timeout", () => controller.abort(error()), inMs(ms), []);
      return controller.signal;
    },
  });

  // So does the time that a request is given; when that is over, the browser's own has passed as well. A server of
  // this machine is no slower for page time that passes at once: it has a second of real time all the same.
  const ANSWERS_WITHIN_MS = 1000;
  const { prototype: requests } = XMLHttpRequest;
  const given = Object.getOwnPropertyDescriptor(requests, "timeout");
  const giveUp = (request, began, ms, next) => {
    const look = () => {
      if (realNow() - began >= ANSWERS_WITHIN_MS) given.set.call(request, 1);
      else giveUp(request, began, next, 2 * next);
    };
    const id = fake.setTimeout(look, ms);
    request.addEventListener("loadend", () => fake.clearTimeout(id), { once: true });
  };
  requests.send = new Proxy(requests.send, {
    apply: (native, request, body) => {
      Reflect.apply(native, request, body);
      const ms = given.get.call(request);
      if (ms > GESTURE_MS && request.readyState !== XMLHttpRequest.DONE) giveUp(request, realNow(), ms, 1000);
    },
  });
  // A page may look at the network, and not only hear of it.
  let isOnline = true;
  window.addEventListener("offline", () => (isOnline = false), true);
  window.addEventListener("online", () => (isOnline = true), true);
  const { get: onLine } = Object.getOwnPropertyDescriptor(Navigator.prototype, "onLine");
  Object.defineProperty(Navigator.prototype, "onLine", {
    configurable: true,
    enumerable: true,
    get: new Proxy(onLine, { apply: (native, self) => Reflect.apply(native, self, []) && isOnline }),
  });

  // What else is due meanwhile runs in real time too. A message of a port carries no gesture, and neither does a
  // timer that it sets; one that were set right here, where the finger is lifted, would.
  const run = async (ms) => {
    try {
      await controller.runFor(ms);
    } catch {
      return; // a timer of the page's threw
    }
  };
  // Minutes pass in pieces, and between them what waits for a message, a lock or a database gets its turn: it may set
  // the timer of the next piece. A page without timers has none of that.
  const EXACT = 50; // the first pieces end with the next timer
  const PIECE_MS = 5000;
  const TURNS = 4;
  const WORKERS_PIECE_MS = 10_000; // a worker and the page may take turns as well
  const turns = new MessageChannel();
  const LATEST_MS = 5000; // WebKit's network process carries messages, and may have stopped
  const turn = () =>
    new Promise((done) => {
      const late = builtins.setTimeout(done, LATEST_MS);
      turns.port1.onmessage = () => done(builtins.clearTimeout(late));
      turns.port2.postMessage(0);
    });
  const pass = async (ms) => {
    let pieces = 0;
    for (let next = nextMs(); next !== null && next < ms; next = nextMs()) {
      const piece = Math.min(ms, Math.max(next, pieces++ < EXACT ? 0 : PIECE_MS));
      await run(piece);
      ms -= piece;
      for (let taken = 0; taken < TURNS; taken++) await turn();
    }
    await run(ms);
  };
  const pulse = new MessageChannel();
  pulse.port1.onmessage = () => builtins.setTimeout(step, STEP_MS);
  const step = async () => {
    if (!lifted) return;
    const behind = lifted.page + realNow() - lifted.real - controller._now.ticks;
    await run(behind > 0 ? behind : 0);
    if (lifted) pulse.port2.postMessage(0);
  };
  const lift = () => {
    if (!lifted) pulse.port2.postMessage(0);
    lifted = null;
    lifted = { real: realNow(), page: controller.performanceNow() };
  };
  // A finger in a frame is the page's too: its handler may be one of the page's, and set the page's timers.
  const liftAll = () => {
    lift();
    const frame = window.frameElement; // null in the page itself, and within a page of another origin
    frame?.ownerDocument.dispatchEvent(new Told(NAME + "^"));
  };
  document.addEventListener(NAME + "^", liftAll);
  window.addEventListener("touchend", (event) => event.isTrusted && liftAll(), { capture: true, passive: true });

  // Minutes of a page that draws sixty times a second cost as long as a person's patience: what runs often is thinned
  // out after its first runs since the last order, as browsers do with a page that nobody looks at.
  const OFTEN = 600;
  const THINNED_MS = 500;
  let runs = 0;
  const thinned = (delay) => (runs > OFTEN && !lifted ? Math.max(inMs(delay), THINNED_MS) : delay);
  const add = controller.addTimer;
  const told = (func) =>
    typeof func !== "function"
      ? func
      : function (...given) {
          try {
            return func.apply(this, given);
          } catch (error) {
            report(error); // the clock would keep it from the page
          }
        };
  controller.addTimer = (timer) =>
    add.call(controller, { ...timer, func: told(timer.func), delay: thinned(timer.delay) });
  const take = controller._takeFirstTimer;
  controller._takeFirstTimer = (before) => {
    const timer = take.call(controller, before);
    if (timer && !lifted) runs++;
    if (timer?.type === "Interval") timer.callAt = Math.max(timer.callAt, controller._now.ticks + thinned(timer.delay));
    return timer;
  };

  const land = () => {
    runs = 0;
    if (!lifted) return 0;
    catchUp();
    const passed = Math.round(realNow() - lifted.real);
    lifted = null;
    for (const timer of [...running.values()]) {
      const left = Math.max(0, timer.due - controller._now.ticks);
      end(timer.kind, timer.id);
      const again = {
        timeout: () => fake.setTimeout(timer.handler, left, ...timer.given),
        interval: () => fake.setInterval(timer.handler, timer.delay, ...timer.given),
        frame: () => fake.requestAnimationFrame(timer.handler),
      };
      returned.set(timer.key, again[timer.kind]());
    }
    return passed;
  };
  // Animations that end run in real time as well. One that never ends is waited for by nobody.
  const ends = (each) => each.playState === "running" && each.effect?.getComputedTiming().endTime < Infinity;
  const animations = () => document.getAnimations().filter(ends).length;
  const nextMs = () => {
    const due = [...controller._timers.values()].map((timer) => timer.callAt - controller._now.ticks);
    return due.length ? Math.min(...due) : null;
  };
  const workers = openWorkers(builtins);
  const orders = {
    open: async () => ({ open: workers.open() }),
    end_unlisted: async () => ({ ended: workers.endUnlisted() }),
    pending: async () => ({
      taken: await turn(), // a message that the page has sent before comes first
      timers: running.size + animations(),
      since_lift_ms: lifted ? Math.round(realNow() - lifted.real) : null,
    }),
    lift: async () => lift() ?? {}, // where taps are no finger's
    land: async () => ({ passed_ms: land(), next_ms: nextMs() }),
    workers: async ({ ms }) => (await workers.advance(ms)) ?? {},
    // A page behind an app: its date goes on, its timers do not.
    sleep: async ({ ms }) => ({ slept: (controller._now.time += ms) }),
    advance: async ({ ms }) => {
      land();
      const piece = workers.talk() ? WORKERS_PIECE_MS : ms;
      do {
        const passed = Math.min(ms, piece);
        await workers.advance(passed);
        await pass(passed);
        ms -= passed;
      } while (ms > 0);
      return {};
    },
  };
  answerWith((order) => orders[order.do](order));
}
