// The events of a user who leaves the browser (`hidden`) or returns to it (`visible`), made by a script.
(state) => {
  const hidden = state === 'hidden';
  Object.defineProperty(document, 'visibilityState', {configurable: true, get: () => state});
  Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
  if (hidden) window.dispatchEvent(new FocusEvent('blur'));
  document.dispatchEvent(new Event('visibilitychange', {bubbles: true}));
  if (hidden) return;
  delete document.visibilityState;
  delete document.hidden;
  window.dispatchEvent(new FocusEvent('focus'));
}
