// The events of a user who leaves the browser and returns, made by a script.
() => {
  const show = state => {
    const hidden = state === 'hidden';
    Object.defineProperty(document, 'visibilityState', {configurable: true, get: () => state});
    Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
    document.dispatchEvent(new Event('visibilitychange', {bubbles: true}));
  };
  window.dispatchEvent(new FocusEvent('blur'));
  show('hidden');
  show('visible');
  delete document.visibilityState;
  delete document.hidden;
  window.dispatchEvent(new FocusEvent('focus'));
}
