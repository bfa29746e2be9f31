// What each release of @tanstack/query-core itself does with schedules of mounts, invalidations and networks.
//
//   node measure_queries.cjs FOLDER VERSION < schedules.json > one JSON line for each schedule
//
// `python -m tools.differential` runs it. Time is simulated: timers fire in order, never by waiting.
const fs = require('fs');
const path = require('path');

const [folder, version] = process.argv.slice(2);
const { setImmediate } = globalThis;
const settle = () => new Promise((done) => setImmediate(done));

const clock = { now: 0, next: 1, timers: new Map() };
globalThis.window = globalThis;
globalThis.setTimeout = (action, delay = 0) => {
  clock.timers.set(clock.next, { at: clock.now + Math.max(0, delay), action });
  return clock.next++;
};
globalThis.clearTimeout = (id) => clock.timers.delete(id);
globalThis.setInterval = () => 0;
globalThis.clearInterval = () => {};
const START = 1_000_000_000_000;
Date.now = () => START + clock.now;

async function advanceTo(end) {
  for (;;) {
    await settle();
    let first;
    for (const [id, timer] of clock.timers) if (timer.at <= end && (!first || timer.at < first[1].at)) first = [id, timer];
    if (!first) break;
    clock.timers.delete(first[0]);
    clock.now = Math.max(clock.now, first[1].at);
    first[1].action();
  }
  clock.now = end;
}

const core = require(path.resolve(folder, `query-core@${version}`, 'build', version.startsWith('4') ? 'lib' : 'legacy', version.startsWith('4') ? 'index.js' : 'index.cjs'));
const { QueryClient, QueryObserver, onlineManager, focusManager } = core;

async function play(schedule) {
  clock.now = 0;
  clock.timers.clear();
  onlineManager.setOnline(true);
  focusManager.setFocused(true);
  const log = [];
  const { stale, gc, retry, delay } = schedule.options;
  const client = new QueryClient({
    logger: { log() {}, warn() {}, error() {} },
    defaultOptions: { queries: { staleTime: stale, gcTime: gc, cacheTime: gc, retry, ...(delay === null ? {} : { retryDelay: delay }), structuralSharing: false } },
  });
  client.mount();
  const calls = {};
  const answer = (name) => () => new Promise((resolve, reject) => {
    const number = (calls[name] = (calls[name] ?? 0) + 1);
    const [takes, fails] = schedule.answers[name][(number - 1) % schedule.answers[name].length];
    log.push([clock.now, 'call', name]);
    setTimeout(() => (fails ? reject(new Error('500')) : resolve(number)), takes);
  });
  const options = (name, enabled) => ({ queryKey: [name, 'x'], queryFn: answer(name), enabled });
  const observers = {};
  const ACTIONS = {
    mount: (id, name, enabled) => {
      const observer = new QueryObserver(client, options(name, enabled));
      observers[id] = { observer, name, stop: observer.subscribe(() => {}) };
    },
    unmount: (id) => observers[id].stop(),
    enable: (id, enabled) => observers[id].observer.setOptions(options(observers[id].name, enabled)),
    invalidate: (id, name, throwOnError) => {
      const settled = (how) => () => log.push([clock.now, how, id]);
      client.invalidateQueries(name === null ? {} : { queryKey: [name] }, { throwOnError }).then(settled('resolved'), settled('rejected'));
    },
    online: (online) => onlineManager.setOnline(online),
    focus: (focused) => focusManager.setFocused(focused),
  };
  for (const [at, name, ...words] of schedule.actions) {
    await advanceTo(at);
    ACTIONS[name](...words);
    await advanceTo(at);
    snapshot(client, schedule, log);
  }
  await advanceTo(schedule.end);
  snapshot(client, schedule, log);
  for (const { stop } of Object.values(observers)) stop();
  client.unmount();
  client.clear();
  return log;
}

function snapshot(client, schedule, log) {
  for (const name of Object.keys(schedule.answers)) {
    const state = client.getQueryState([name, 'x']);
    const pending = { loading: 'pending' };
    log.push([clock.now, 'state', name, state ? [pending[state.status] ?? state.status, state.fetchStatus, state.isInvalidated, state.data ?? null, state.fetchFailureCount > 0] : null]);
  }
}

process.on('unhandledRejection', () => {});
(async () => {
  for (const schedule of JSON.parse(fs.readFileSync(0, 'utf8'))) {
    const log = await play(schedule);
    process.stdout.write(`${JSON.stringify(log)}\n`);
  }
})();
