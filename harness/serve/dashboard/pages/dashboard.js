// Puts in place what the server tells, and posts forms without leaving the page. All HTML comes escaped from there.
const refusal = document.getElementById('refusal');
const live = document.getElementById('live');
let begins = null;  // what a journey that was begun is to be read in
const say = text => { refusal.textContent = text; refusal.hidden = !text; };

const isAtEnd = list => list.scrollHeight - list.scrollTop - list.clientHeight < 48;
// As the tester left it, while it says the same of a clause: one that breaks opens.
const nameOf = each => each.id + each.parentElement.className;
const open = place => new Map([...place.querySelectorAll('details[id]')].map(each => [nameOf(each), each.open]));
const listen = () => {
  const stream = new EventSource('/stream');
  let lost = false;
  const on = (how, act) => stream.addEventListener(how, event => {
    const {id, html} = JSON.parse(event.data);
    act(document.getElementById(id), html);
  });
  on('add', (place, html) => {
    const follow = isAtEnd(place);
    place.insertAdjacentHTML('beforeend', html);
    while (place.children.length > 600) place.firstElementChild.remove();
    if (follow) place.scrollTop = place.scrollHeight;
  });
  on('clear', place => place.replaceChildren());
  on('over', (place, html) => {
    stream.close();
    place.innerHTML = html;
    live.textContent = 'finished';
    live.className = 'live done';
    for (const each of document.querySelectorAll('button, input, textarea')) each.disabled = true;
  });
  on('swap', (place, html) => {
    const were = open(place);
    place.innerHTML = html;
    if (place === begins) { begins = null; place.focus(); }
    for (const each of place.querySelectorAll('details[id]')) if (were.has(nameOf(each))) each.open = were.get(nameOf(each));
  });
  stream.onopen = () => { if (lost) location.reload(); live.textContent = 'live'; live.className = 'live'; };
  stream.onerror = () => { lost = true; live.textContent = 'not connected'; live.className = 'live off'; };
};
listen();

const send = async (path, options) => {
  say('');
  const answer = await fetch(path, {method: 'POST', redirect: 'manual', ...options}).catch(() => null);
  if (answer?.type === 'opaqueredirect' || answer?.ok) return true;
  say(answer ? (await answer.text()).trim() : 'amo-harness does not answer: has it ended?');
  return false;
};
document.addEventListener('submit', async event => {
  event.preventDefault();
  const form = event.target, button = form.querySelector('button');
  button.setAttribute('aria-busy', 'true');
  if (form.matches('[action="/next"]')) begins = document.getElementById('now');
  const done = await send(form.getAttribute('action'), {body: new URLSearchParams(new FormData(form))});
  button.removeAttribute('aria-busy');
  if (!done) begins = null;
  if (done && form.matches('.note')) form.reset();
});

const picture = document.getElementById('picture');
picture.addEventListener('change', async () => {
  const [file] = picture.files;
  if (!file) return;
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return say('that file is no picture');
  const canvas = Object.assign(document.createElement('canvas'), {width: bitmap.width, height: bitmap.height});
  canvas.getContext('2d').drawImage(bitmap, 0, 0);
  canvas.toBlob(async blob => { if (await send('/picture', {body: blob})) picture.value = ''; }, 'image/png');
});
const events = document.getElementById('events');
events.scrollTop = events.scrollHeight;
