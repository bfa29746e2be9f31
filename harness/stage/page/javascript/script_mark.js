// The mark that a hostile text leaves on `window` where it is run as a script; null without one. Reads only.
(name) => (window[name] === undefined ? null : String(window[name]))
