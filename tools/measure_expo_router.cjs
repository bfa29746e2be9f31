// Runs what each expo-router release itself does with a deep link, for tests/unit/phone/expo_router.json.
//
//   for v in 3.5.24 4.0.21 5.1.7 6.0.24 55.0.18 56.2.21 57.0.24 58.0.6; do
//     npm pack expo-router@$v && mkdir $v && tar xzf expo-router-$v.tgz -C $v --strip-components=1
//   done
//   node tools/measure_expo_router.cjs . tests/unit/phone/expo_router.json > measured.json
//
// The second file is a list of links, or one of this tool's own answers. Real: extractExpoPathFromURL and getStateFromPath of the release. Copied: the
// few lines of useLocalSearchParams, which are a React hook. Stubbed: React and React Native, which they load
// but do not call. Node's URL stands in for the app's.
const fs = require('fs');
const Module = require('module');
const path = require('path');

const SDKS = { 51: '3.5.24', 52: '4.0.21', 53: '5.1.7', 54: '6.0.24', 55: '55.0.18', 56: '56.2.21', 57: '57.0.24', 58: '58.0.6' };
const SCREENS = { 'amo-crm/callback': 'callback', crm: 'crm', index: 'home', '+not-found': 'not_found' };
const ROUTES = {
  screens: {
    '(tabs)': { path: '(tabs)', screens: { crm: 'crm', index: '' } },
    'amo-crm/callback': 'amo-crm/callback',
    '+not-found': '*not-found',
  },
};

const escapeForRegExp = (text) => text.replace(/[|\\{}()[\]^$+*?.]/g, '\\$&').replace(/-/g, '\\x2d');
const load = Module._load;
Module._load = function (name, ...rest) {
  if (name === 'escape-string-regexp') return escapeForRegExp;
  if (/react-navigation\/(native|core)/.test(name)) return { findFocusedRoute() {}, validatePathConfig() {} };
  if (/^(react$|react\/|react-native|expo)/.test(name)) return {};
  return load.call(this, name, ...rest);
};
globalThis.window = globalThis;
process.env.NODE_ENV = 'production';

function focused(state) {
  let route;
  for (; state; state = route.state) route = state.routes[state.index ?? state.routes.length - 1];
  return route;
}

function useLocalSearchParams(params) {
  const decode = (value) => {
    try { return decodeURIComponent(value); } catch { return value; }
  };
  return Object.fromEntries(
    Object.entries(params ?? {})
      .filter(([name]) => name !== 'not-found')
      .map(([name, value]) => [name, Array.isArray(value) ? value.map(decode) : decode(value)])
  );
}

function measure(root, version, link) {
  const { extractExpoPathFromURL } = require(path.join(root, version, 'build/fork/extractPathFromURL.js'));
  const fork = require(path.join(root, version, 'build/fork/getStateFromPath.js'));
  try {
    const found = extractExpoPathFromURL.length === 0 ? extractExpoPathFromURL(link) : extractExpoPathFromURL([], link);
    const route = focused((fork.getStateFromPath ?? fork.default).call({}, found, ROUTES));
    return { screen: SCREENS[route.name], params: useLocalSearchParams(route.params) };
  } catch (error) {
    return { throws: error.name };
  }
}

const [root, links] = process.argv.slice(2);
const lines = JSON.parse(fs.readFileSync(links, 'utf8')).map((entry) => {
  const link = entry.link ?? entry;
  const bySdk = Object.entries(SDKS).map(([sdk, version]) => [sdk, measure(path.resolve(root), version, link)]);
  return JSON.stringify({ link, by_sdk: Object.fromEntries(bySdk) });
});
console.log(`[\n${lines.join(',\n')}\n]`);
