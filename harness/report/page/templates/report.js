"use strict";
// What the page can do besides being read: jump to an event and show its whole data, light a mask wherever it
// occurs, filter, answer keys, copy. Everything that it adds is made of nodes and text, never of markup.
(() => {
  const $ = (query, of = document) => of.querySelector(query);
  const all = (query, of = document) => [...of.querySelectorAll(query)];
  const byId = (id) => document.getElementById(id);
  const made = (name, told = {}, ...inside) => {
    const node = Object.assign(document.createElement(name), told);
    node.append(...inside);
    return node;
  };

  // --- foreign text: the same signs as on the server, and masks as elements
  const UNSEEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Surrogate}/gu;
  const MASK = /(‹[a-z_]+:[0-9a-f]{8}(?::part)?›)/;
  const MASKS = "i[class^=m]";
  const visible = (text) => text.replace(UNSEEN, (sign) => {
    const code = sign.codePointAt(0);
    return code < 32 ? String.fromCodePoint(0x2400 + code) : `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`;
  });
  const hue = (mask) => parseInt(mask.slice(mask.indexOf(":") + 1).slice(0, 8), 16) % 8;
  const marked = (text) => visible(text).split(MASK).map((part, number) =>
    number % 2 ? made("i", { className: `m${hue(part)}`, tabIndex: 0, textContent: part }) : part);

  // --- the whole data of an event
  let archive;
  const data = () => (archive ??= (async () => {
    const packed = Uint8Array.from(atob(byId("archive").content.firstChild.data), (sign) => sign.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    const { texts, events } = JSON.parse(await new Response(stream).text());
    const whole = (value) => {
      if (typeof value === "string") return value[0] === "\0" ? texts[+value.slice(1)] : value;
      if (Array.isArray(value)) return value.map(whole);
      if (value === null || typeof value !== "object") return value;
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, whole(each)]));
    };
    return (name, index) => whole(events[name][index]);
  })());
  const written = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 1));
  const fieldsOf = (told) => Object.entries(told).flatMap(([name, value]) => [
    made("b", { textContent: name }), " ", ...marked(written(value)), "\n",
  ]);
  async function show(row) {
    if ($(".data", row)) return;
    const place = made("pre", { className: "data", tabIndex: 0, textContent: "…" });
    row.append(place);
    const at = row.id.lastIndexOf("/");
    try {
      place.replaceChildren(...fieldsOf((await data())(row.id.slice(0, at), +row.id.slice(at + 1))));
    } catch (error) {
      place.textContent = `the page's archive cannot be read here: ${error}`;
    }
  }

  // --- links: whatever is closed around the target opens
  function reveal(node) {
    for (let each = node; each; each = each.parentElement) if (each.tagName === "DETAILS") {
      each.open = true;
      enliven(each);
    }
  }
  function go(id) {
    const node = byId(id);
    if (!node) return;
    node.hidden = false;
    reveal(node);
    if (node.matches(".rows li")) show(node);
    all(".here").forEach((each) => each.classList.remove("here"));
    if (node.matches(".rows li")) node.classList.add("here");
    requestAnimationFrame(() => node.scrollIntoView({ block: node.matches("li") ? "center" : "start" }));
  }
  const target = () => {
    try { return decodeURIComponent(location.hash.slice(1)); } catch { return location.hash.slice(1); }
  };
  addEventListener("hashchange", () => go(target()));
  addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (!link || link.hash !== location.hash) return;
    const row = link.closest(".rows li");
    const shown = row && row.id === target() && $(".data", row);
    if (shown) shown.remove();
    else go(target());
  });

  // --- masks: one lights all
  const unpart = (mask) => mask.textContent.replace(":part", "");
  function light(mask) {
    all("i.lit").forEach((each) => each.classList.remove("lit"));
    if (!mask) return;
    const same = all(MASKS).filter((each) => unpart(each) === unpart(mask));
    same.forEach((each) => each.classList.add("lit"));
    mask.title = `a secret, masked: the same one stands here ${same.length} ×`;
  }
  for (const name of ["pointerover", "focusin"]) addEventListener(name, (event) => light(event.target.closest?.(MASKS)));

  // --- pictures: shown again where they are named again, large when they are wanted
  const large = made("dialog", { ariaLabel: "picture" });
  document.body.append(large);
  large.addEventListener("click", () => large.close());
  function enlarge(picture) {
    large.replaceChildren(made("img", { src: picture.src, alt: picture.alt }));
    large.showModal();
  }
  function enliven(part) {
    for (const link of all("a.same", part)) {
      const first = byId(link.hash.slice(1));
      if (first) link.replaceWith(made("img", { src: first.src, alt: link.textContent, width: first.width, height: first.height }));
    }
    for (const picture of all(".moment img, .film img", part)) Object.assign(picture, { tabIndex: 0, role: "button" });
    for (const mask of all(MASKS, part)) mask.tabIndex = 0;
    for (const every of all(".raw", part)) {
      every.classList.remove("raw");
      for (const row of every.children) parted(row);
    }
  }
  // a row as the cards have it: the file has text alone there, for it has thousands of them
  const LANE = { app: "p", webview: "b", gateway: "g", backend: "g", amo: "a" };
  function parted(row) {
    const [index, ms, said] = row.firstChild.data.split("\t");
    const at = said.indexOf(" ");
    const called = said.slice(0, at);
    row.firstChild.data = said.slice(at);
    const name = made("b", { className: LANE[called.split(".")[0]] ?? "", textContent: called });
    row.prepend(made("a", { href: `#${row.id}`, textContent: index }), " ", made("i", { textContent: ms }), " ", name);
  }
  addEventListener("click", (event) => {
    if (event.target.matches?.(".moment img, .film img")) enlarge(event.target);
  });
  // what nobody has scrolled to is not decoded yet, and paper needs it
  addEventListener("beforeprint", () => all("img").forEach((each) => { each.loading = "eager"; }));
  document.addEventListener("toggle", (event) => {
    if (event.target.open && event.target.matches(".scene, .cause, .family")) enliven(event.target);
  }, true);

  // --- lanes: an event's dot and its row know each other
  const tip = made("div", { id: "tip", hidden: true });
  document.body.append(tip);
  const dotsOf = (dots) => {
    const places = dots.getAttribute("d").match(/[\d.]+(?= )/g);
    return dots.dataset.of.split(" ").map((index, at) => ({ dots, index, at: +places[at] }));
  };
  // one path draws all dots of a lane, so the nearest one is reckoned
  function dotAt(event) {
    const drawing = event.target.closest?.(".scene .lanes");
    if (!drawing) return null;
    const { left, width } = drawing.getBoundingClientRect();
    const away = (dot) => Math.abs(left + dot.at / 100 * width - event.clientX);
    const near = all(".dots", drawing).filter((dots) => {
      const { top, bottom } = dots.getBoundingClientRect();
      return Math.abs((top + bottom) / 2 - event.clientY) < 8;
    }).flatMap(dotsOf).filter((dot) => away(dot) < 6);
    return near.sort((one, other) => away(one) - away(other))[0];
  }
  const rowOf = (dot) => byId(`${dot.dots.closest(".scene").id}/${dot.index}`);
  addEventListener("pointermove", (event) => {
    const dot = dotAt(event);
    const row = dot && rowOf(dot);
    tip.hidden = !row;
    all(".on-dot").forEach((each) => each.classList.remove("on-dot"));
    if (row) {
      event.target.closest(".lanes").classList.add("on-dot");
      tip.textContent = [...row.childNodes].filter((each) => each.className !== "data").map((each) => each.textContent).join(" ");
      tip.style.left = `${Math.max(8, Math.min(event.clientX, innerWidth - 540) + scrollX)}px`;
      tip.style.top = `${event.clientY + scrollY + 12}px`;
    }
  });
  addEventListener("pointerover", (event) => {
    all("circle.here").forEach((each) => each.remove());
    const hovered = event.target.closest?.(".scene .rows li");
    const dot = hovered && dotOf(hovered);
    if (!dot) return;
    const here = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    const told = { class: `here ${dot.dots.classList[1]}`, cx: `${dot.at}%`, cy: dot.dots.getAttribute("d").match(/ ([\d.]+)h/)[1] };
    for (const [name, value] of Object.entries(told)) here.setAttribute(name, value);
    dot.dots.closest(".lanes").append(here);
  });
  function dotOf(row) {
    const index = row.id.slice(row.id.lastIndexOf("/") + 1);
    return all(".dots", row.closest(".scene")).flatMap(dotsOf).find((dot) => dot.index === index);
  }
  addEventListener("click", (event) => {
    const dot = dotAt(event);
    if (dot) location.hash = rowOf(dot)?.id ?? "";
  });

  // --- filter
  const field = byId("filter");
  const texts = new WeakMap();
  const textOf = (node) => {
    if (!texts.has(node)) texts.set(node, node.textContent.toLowerCase());
    return texts.get(node);
  };
  const parse = (asked) => [...asked.matchAll(/(!?)(?:([sca]):)?(?:"([^"]*)"|(\S+))/g)]
    .map(([, not, kind, quoted, word]) => ({ not: !!not, kind: kind ?? "", word: (quoted ?? word).toLowerCase() }))
    .filter((each) => each.word);
  const agrees = (words, test) => words.every((each) => test(each) !== each.not);
  const ofItem = (item) => ({ kind, word }) =>
    kind === "s" ? item.dataset.s.replace("_", " ").startsWith(word.replace("_", " "))
      : item.dataset.c.toLowerCase().split(" ").some((id) => id.startsWith(word));
  const ofRow = (row) => ({ kind, word }) => kind === "a" ? textOf(row).split(/\s+/, 3)[2].startsWith(word) : textOf(row).includes(word);
  const ofText = (node) => ({ word }) => textOf(node).includes(word);
  const ofHead = (item) => ({ word }) => all("summary, h3, .headline", item).some((each) => textOf(each).includes(word));
  function matches(item, words) {
    const rows = all(".rows li", item);
    const about = words.filter((each) => "sc".includes(each.kind) && each.kind);
    const within = words.filter((each) => each.kind === "a" || !each.kind);
    const isMine = agrees(about, ofItem(item));
    const hasActor = within.some((each) => each.kind === "a");
    const inHead = !hasActor && agrees(within, rows.length ? ofHead(item) : ofText(item));
    const inWhole = inHead || (!hasActor && !rows.length) || (!item.matches(".scene") && !hasActor && agrees(within, ofText(item)));
    let shown = 0;
    for (const row of rows) {
      row.hidden = isMine && !inWhole && !agrees(within, ofRow(row));
      shown += row.hidden ? 0 : 1;
    }
    return isMine && (rows.length ? inWhole || shown > 0 : inHead);
  }
  function filter() {
    const words = parse(field.value);
    const count = { cause: 0, clause: 0, scene: 0 };
    for (const item of all("[data-s]")) {
      item.hidden = !matches(item, words);
      for (const kind of Object.keys(count)) if (item.classList.contains(kind) && !item.hidden) count[kind] += 1;
    }
    for (const family of all(".family")) {
      family.hidden = all(".clause", family).every((each) => each.hidden);
      if (words.length) family.open = true;
    }
    byId("found").textContent = words.length
      ? `${count.cause} causes, ${count.clause} clauses, ${count.scene} scenarios` : "";
  }
  let waiting;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      filter();
      history.replaceState(null, "", field.value ? `#?q=${encodeURIComponent(field.value)}` : "#");
    }, 60);
  });

  // --- keys
  function step(by) {
    const items = all(".cause, .scene").filter((each) => !each.hidden);
    const now = items.findIndex((each) => each.contains(document.activeElement));
    const next = items[Math.max(0, Math.min(items.length - 1, now < 0 && by < 0 ? 0 : now + by))];
    const focused = next && ($("summary", next.tagName === "DETAILS" ? next : made("p")) ?? next);
    if (!focused) return;
    if (focused === next) next.tabIndex = -1;
    focused.focus({ preventScroll: true });
    next.scrollIntoView({ block: "start" });
  }
  const keys = {
    "/": () => field.focus(),
    j: () => step(1),
    k: () => step(-1),
    o: () => {
      const item = document.activeElement.closest("details");
      if (item) item.open = !item.open;
    },
    "?": () => byId("help").click(),
  };
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.activeElement === field) {
      field.value = "";
      filter();
      return field.blur();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea")) return;
    if (event.key === "Enter" && event.target.matches(".moment img, .film img")) return enlarge(event.target);
    const action = byId("keys").checked && keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  byId("help").addEventListener("click", () => {
    byId("helped").hidden = !byId("helped").hidden;
    byId("help").ariaExpanded = String(!byId("helped").hidden);
  });

  // --- copy
  async function copy(source, button) {
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source);
      button.textContent = document.execCommand("copy") ? "Copied" : "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }
  for (const source of all(".copy pre")) {
    const button = made("button", { type: "button", textContent: "Copy" });
    button.addEventListener("click", () => copy(source, button));
    const both = made("div");
    source.replaceWith(both);
    both.append(source, button);
  }

  for (const part of all("article.cause, details[open]")) enliven(part);
  $(".tools").hidden = false;
  if (target().startsWith("?q=")) {
    field.value = target().slice(3);
    filter();
  } else if (target()) go(target());
})();
