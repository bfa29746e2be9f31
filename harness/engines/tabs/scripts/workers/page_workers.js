// What can call the page at any moment by a clock of its own: workers, sources, sockets. Runs in the page's own world
// before the page. A worker whose script the page itself holds (`blob:`, `data:`) begins with SOURCE, worker_time.js,
// which the gateway puts before the script of every other: their time passes with the page's. Whoever is shared or not
// the page's own, as a service worker, is spoken to by a channel. All are counted: what they ask a server is not known.
(NAME, SOURCE, builtins) => {
  const ANSWERED_MS = 2000; // a worker that is busy answers later or never
  const HERE_MS = 5000; // until a worker's script has come, and run
  const opened = []; // { name, made }
  const clocked = new Set(); // workers with a clock of ours, as long as they answer
  const ended = new WeakSet();
  const blobs = new Map(); // address -> what it holds
  const begin = (byChannel) => `(${SOURCE})(${JSON.stringify(NAME)}, ${byChannel});`;
  const soon = (ms) => new Promise((done) => builtins.setTimeout(done, ms));

  const Channel = window.BroadcastChannel;
  const heard = new Set(); // whoever waits for a word of theirs
  const here = new Set(); // those that have said that they are
  let channel = null;
  let awaited = 0; // how many are to say so
  let orders = 0;
  const hear = () => {
    if (channel) return;
    channel = new Channel(NAME);
    channel.onmessage = ({ data }) => {
      if (data.here) here.add(data.here);
      for (const each of heard) each(data);
    };
    channel.postMessage({ who: true });
  };
  const expectOne = () => {
    hear();
    awaited++;
  };
  const until = (happened) =>
    new Promise((done) => {
      const look = (data) => {
        if (!happened(data)) return;
        heard.delete(look);
        done();
      };
      heard.add(look);
      look({});
    });
  const tellAll = async (ms) => {
    await Promise.race([until(() => here.size >= awaited), soon(HERE_MS)]);
    const asked = new Set(here);
    const number = ++orders;
    const answered = until(({ done, id }) => {
      if (done === number) asked.delete(id);
      return !asked.size;
    });
    channel.postMessage({ ms, number, to: [...asked] });
    await Promise.race([answered, soon(ANSWERED_MS)]);
    for (const id of asked) here.delete(id);
    awaited = here.size;
  };

  URL.createObjectURL = new Proxy(URL.createObjectURL, {
    apply(native, self, [object]) {
      const address = Reflect.apply(native, self, [object]);
      if (object instanceof Blob) blobs.set(address, object);
      return address;
    },
  });
  const revoke = URL.revokeObjectURL.bind(URL);
  const create = URL.createObjectURL.bind(URL);
  URL.revokeObjectURL = new Proxy(URL.revokeObjectURL, {
    apply(native, self, given) {
      blobs.delete(String(given[0]));
      return Reflect.apply(native, self, given);
    },
  });
  const ofData = (address) => {
    const [, kind, base64, text] = /^data:([^,;]*(?:;[^,;]+=[^,;]+)*)(;base64)?,(.*)$/s.exec(address) ?? [];
    if (text === undefined) return null;
    const script = base64 ? atob(decodeURIComponent(text)) : decodeURIComponent(text);
    return `data:${kind},${encodeURIComponent(begin(false) + script)}`;
  };
  const withClock = (given, isShared) => {
    const address = String(given);
    const blob = blobs.get(address);
    if (!blob) return address.startsWith("data:") ? ofData(address) : null;
    const made = create(new Blob([begin(isShared), blob], { type: blob.type }));
    blobs.delete(made);
    builtins.setTimeout(() => revoke(made), ANSWERED_MS);
    return made;
  };
  const withItsClock = (given, isShared) => {
    try {
      return withClock(given, isShared);
    } catch {
      return null; // what cannot be read begins as it is
    }
  };
  const isWorker = (name) => name === "Worker" || name === "SharedWorker";
  const isOurs = (address) => new URL(address, document.baseURI).origin === location.origin;
  const told = (name, address) => {
    try {
      const { href, protocol } = new URL(address, document.baseURI);
      return /^(blob|data):/.test(protocol) ? name : `${name} ${href}`;
    } catch {
      return name;
    }
  };
  const construct = (name) => (native, given, as) => {
    const isShared = name === "SharedWorker";
    const changed = isWorker(name) && given.length ? withItsClock(given[0], isShared) : null;
    const byChannel = changed === null ? isWorker(name) && isOurs(given[0]) : isShared && changed.startsWith("blob:");
    if (byChannel) expectOne();
    const made = Reflect.construct(native, changed === null ? given : [changed, ...given.slice(1)], as);
    opened.push({ name: told(name, given[0]), made });
    if (changed !== null && !byChannel) clocked.add(made.port ?? made);
    return made;
  };
  for (const name of ["Worker", "SharedWorker", "EventSource", "WebSocket"])
    if (window[name]) window[name] = new Proxy(window[name], { construct: construct(name) });
  Worker.prototype.terminate = new Proxy(Worker.prototype.terminate, {
    apply(native, self, given) {
      ended.add(self);
      return Reflect.apply(native, self, given);
    },
  });
  const container = window.ServiceWorkerContainer?.prototype;
  if (container)
    container.register = new Proxy(container.register, {
      apply(native, self, given) {
        opened.push({ name: told("ServiceWorker", given[0]), made: {} });
        expectOne();
        return Reflect.apply(native, self, given);
      },
    });

  // So is a long calculation of the browser's, and who waits for shared memory: that ends by the machine's clock.
  const busy = new Map(); // promise -> name
  const isBusy = (name, made) => {
    busy.set(made, name);
    const end = () => busy.delete(made);
    made.then(end, end);
  };
  for (const name of Object.getOwnPropertyNames(window.SubtleCrypto?.prototype ?? {})) {
    const native = SubtleCrypto.prototype[name];
    if (typeof native !== "function" || name === "constructor") continue;
    SubtleCrypto.prototype[name] = new Proxy(native, {
      apply(apply, self, given) {
        const made = Reflect.apply(apply, self, given);
        isBusy("crypto", made);
        return made;
      },
    });
  }

  if (Atomics.waitAsync)
    Atomics.waitAsync = new Proxy(Atomics.waitAsync, {
      apply(apply, self, given) {
        const made = Reflect.apply(apply, self, given);
        if (made.async) isBusy("Atomics.waitAsync", made.value);
        return made;
      },
    });

  // What a document does not list: animations of nothing, of what stands outside and of shadow roots, sounds outside.
  const roots = [];
  let played = new Set();
  let most = 200; // that are remembered before those that are over are forgotten
  const runs = (each) => (each.play ? each.playState === "running" && !!each.playbackRate : false);
  const remember = (made) => {
    if (played.size >= most) {
      played = new Set([...played].filter((each) => each.paused === false || runs(each)));
      most = Math.max(most, 2 * played.size);
    }
    played.add(made);
    return made;
  };
  const watch = (prototype, name, keep) => {
    prototype[name] = new Proxy(prototype[name], {
      apply: (native, self, given) => keep(Reflect.apply(native, self, given), self),
    });
  };
  watch(Element.prototype, "attachShadow", (root) => (roots.push(root), root));
  watch(Element.prototype, "animate", remember);
  watch(Animation.prototype, "play", (_, self) => void remember(self));
  watch(HTMLMediaElement.prototype, "play", (made, self) => (remember(self), made));
  const end = (each) => {
    const { endTime, duration } = each.effect?.getComputedTiming() ?? {};
    if (!runs(each) || !(duration > 0)) return 0;
    if (endTime < Infinity) each.finish();
    else each.currentTime += duration;
    return Number(endTime < Infinity);
  };
  const endSound = (media) => {
    if (media.isConnected || media.paused || media.ended || !Number.isFinite(media.duration)) return 0;
    media.currentTime = media.duration;
    return 1;
  };
  const endUnlisted = () => {
    const listed = new Set(document.getAnimations());
    const declared = [...document.querySelectorAll("*")].flatMap(({ shadowRoot }) => shadowRoot ?? []);
    const ofRoots = [...roots, ...declared].flatMap((root) => root.getAnimations());
    const made = [...played].filter((each) => each instanceof Animation && !listed.has(each));
    const sounds = [...played].filter((each) => each instanceof HTMLMediaElement);
    return [...new Set([...ofRoots, ...made]), ...sounds].reduce(
      (sum, each) => sum + (each instanceof Animation ? end : endSound)(each),
      0,
    );
  };

  const pass = (worker, ms) =>
    new Promise((done) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => done();
      worker.postMessage({ [NAME]: ms }, [port2]);
    });
  const isOpen = ({ made }) => !ended.has(made) && !(made.readyState >= 2); // CLOSING of a socket, CLOSED of a source
  return {
    open: () => [...opened.filter(isOpen).map(({ name }) => name), ...busy.values()],
    endUnlisted,
    talk: () => clocked.size > 0,
    advance: async (ms) => {
      if (navigator.serviceWorker?.controller) hear();
      if (channel) await tellAll(ms);
      const asked = new Set([...clocked].filter((worker) => !ended.has(worker)));
      if (!asked.size) return;
      const answered = [...asked].map((worker) => pass(worker, ms).then(() => asked.delete(worker)));
      await Promise.race([Promise.all(answered), soon(ANSWERED_MS)]);
      for (const worker of asked) clocked.delete(worker); // it has ended, or is too busy to be asked again
    },
  };
}
