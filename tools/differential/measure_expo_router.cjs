// What each expo-router release itself does with deep links, with the URL library that Expo ships beside it.
//
//   node measure_expo_router.cjs FOLDER < links.json > one JSON line for each link
//
// `python -m tools.differential` runs it and puts the packages into FOLDER, each as `name@version`.
// Real: getRoutes, getNavigationConfig, extractExpoPathFromURL and getStateFromPath of the release, Expo's
// URL, URLSearchParams and TextDecoder. Copied: the few lines of useLocalSearchParams, which are a React hook.
// Stubbed: React and React Native, which the release loads but does not call here.
const fs = require('fs');
const Module = require('module');
const path = require('path');

const FOLDER = path.resolve(process.argv[2]);
const { sdks: SDKS, text_decoder: DECODER } = JSON.parse(fs.readFileSync(path.join(__dirname, 'packages.json'), 'utf8'));
const FILES = ['./_layout.tsx', './(tabs)/_layout.tsx', './(tabs)/crm.tsx', './(tabs)/index.tsx', './amo-crm/callback.tsx'];
const SCREENS = {
  'amo-crm/callback': 'callback', 'callback': 'callback', 'crm': 'crm', 'index': 'home', '+not-found': 'not_found', '_sitemap': 'sitemap',
};

const escapeForRegExp = (text) => text.replace(/[|\\{}()[\]^$+*?.]/g, '\\$&').replace(/-/g, '\\x2d');
function findFocusedRoute(state) {
  let route;
  for (; state; state = route.state) route = state.routes[state.index ?? state.routes.length - 1];
  return route;
}
const anything = new Proxy(function () {}, { get: (_, name) => (name === Symbol.toPrimitive ? () => '' : anything), apply: () => anything, construct: () => ({}) });
const load = Module._load;
const BESIDE = ['buffer/', 'punycode', 'webidl-conversions', 'base64-js', 'ieee754'];
Module._load = function (name, ...rest) {
  if (name === 'escape-string-regexp') return escapeForRegExp;
  if (/react-navigation\/(native|core)$/.test(name)) return { findFocusedRoute, validatePathConfig() {} };
  if (BESIDE.includes(name)) return load.call(this, folderOf(name.replace(/\/$/, '')), ...rest);
  if (/^[./]/.test(name) || Module.isBuiltin(name)) return load.call(this, name, ...rest);
  return anything;
};
globalThis.window = globalThis;
process.env.NODE_ENV = 'production';

function folderOf(name) {
  const found = fs.readdirSync(FOLDER).filter((each) => each.startsWith(`${name}@`));
  if (found.length !== 1) throw new Error(`${name} is not once in ${FOLDER}`);
  return path.join(FOLDER, found[0]);
}

function urlLibrary({ url, expo }) {
  // Expo's own decoder; written as a module of the other kind, of which only the class is needed
  const source = fs.readFileSync(path.join(FOLDER, DECODER, 'build/winter/TextDecoder.js'), 'utf8');
  if (url.startsWith('whatwg-url-minimum@0.1')) {
    globalThis.TextDecoder = new Function(`${source.replace(/^(import|export) /gm, (found) => (found === 'export ' ? '' : '//'))}; return TextDecoder;`)();
  }
  const { URL, URLSearchParams } = require(path.join(FOLDER, url));
  return { URL, URLSearchParams };
}

function release(sdk) {
  const library = urlLibrary(sdk);
  use(library);
  const inside = (name) => require(path.join(FOLDER, `expo-router@${sdk.router}`, 'build', name));
  const context = Object.assign(() => ({ default() {} }), { keys: () => FILES });
  const options = { ignoreEntryPoints: true, platform: 'ios', ...(sdk.number > 51 ? {} : { unstable_platform: 'ios' }) };
  const routes = inside('getRoutes').getRoutes(context, options);
  const { extractExpoPathFromURL } = inside('fork/extractPathFromURL');
  return {
    library,
    config: inside('getLinkingConfig').getNavigationConfig(routes, true, {}),
    extract: (link) => (extractExpoPathFromURL.length === 0 ? extractExpoPathFromURL(link) : extractExpoPathFromURL([], link)),
    stateOf: inside('fork/getStateFromPath').getStateFromPath ?? inside('fork/getStateFromPath').default,
  };
}

function use({ URL, URLSearchParams }) {
  globalThis.URL = URL;
  globalThis.URLSearchParams = URLSearchParams;
}

function useLocalSearchParams(params) {
  const decode = (value) => {
    try { return decodeURIComponent(value); } catch { return value; }
  };
  return Object.fromEntries(
    Object.entries(params ?? {})
      .filter(([name]) => name !== 'not-found' && name !== 'screen' && name !== 'params')
      .map(([name, value]) => [name, Array.isArray(value) ? value.map(decode) : decode(value)])
  );
}

function measure(each, link) {
  use(each.library);
  try {
    const found = each.extract(link);
    const state = each.stateOf.call({}, found, each.config);
    if (!state) return { nothing: true };
    const route = findFocusedRoute(state);
    return { screen: SCREENS[route.name] ?? route.name, params: useLocalSearchParams(route.params) };
  } catch (error) {
    return { throws: error.name };
  }
}

const releases = SDKS.map((sdk) => [sdk.number, release(sdk)]);
for (const link of JSON.parse(fs.readFileSync(0, 'utf8'))) {
  console.log(JSON.stringify(Object.fromEntries(releases.map(([number, each]) => [number, measure(each, link)]))));
}
