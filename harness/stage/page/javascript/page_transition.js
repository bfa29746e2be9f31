// Tells the page that it is put aside (`pagehide`) or fetched again (`pageshow`), as a browser that keeps it does.
(name) => window.dispatchEvent(new PageTransitionEvent(name, { persisted: true }))
