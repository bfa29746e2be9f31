// Keeps the page in step with the app that it plays: opens it once, waits out its success, looks once a second.
const {word, prefix, key} = document.body.dataset;
const post = name => fetch(`${prefix}/${name}?key=${key}`, {method: 'POST', redirect: 'manual'});

let lost = 0;
let leaving = false;  // loading this page again would take back the way to where a button leads
document.addEventListener('submit', event => { leaving = !event.target.target; });
const look = async () => {
  if (document.hidden || leaving) return;
  const answer = await fetch(`${prefix}/now`, {cache: 'no-store'}).catch(() => null);
  lost = answer ? 0 : lost + 1;  // one is lost as well where the page is being left
  document.getElementById('lost').hidden = lost < 2 || word === 'over';
  if (answer?.ok && (await answer.text()) !== word && !leaving) location.replace(prefix);  // a reload would post again
};

const doing = document.querySelector('form[action*="/wait?"]');
if (doing) setTimeout(() => post('wait').then(() => location.replace(prefix)), 1000);
setInterval(look, 1000);
document.addEventListener('visibilitychange', look);
addEventListener('pageshow', event => { if (event.persisted) { leaving = false; look(); } });
