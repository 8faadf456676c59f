// The chat page: sends what the person says to the assistant and shows what comes back.
// Whatever is shown goes through textContent, never innerHTML: a message is text, whoever wrote it.

const ENDPOINT = "/webhooks/rest/webhook";
const FORGET_ME = "清除我的信息";
const LONGEST_TEXT = 2000;
const PATIENCE_MS = 20_000;
const SILENCE_MS = 5 * 60_000; // WeChat shows the time anew after five minutes of silence.
const NOT_SENT = "没发出去，点这里重发";
const NOT_ANSWERED = "没收到回答，点这里重发";

const byId = (id) => document.getElementById(id);
const log = byId("log");
const input = byId("input");
const note = byId("note");
const menu = byId("menu");
const menuButton = byId("menu-button");

// ---- What is remembered: the conversation's id and the text size for good, the history until the tab closes.

// A private window may refuse storage, even to look at it; the chat then works without a memory.
function memory(areaName) {
  return {
    read(key) {
      try {
        return JSON.parse(window[areaName].getItem(key));
      } catch {
        return null;
      }
    },
    write(key, value) {
      try {
        window[areaName].setItem(key, JSON.stringify(value));
      } catch {
        // Nothing to be done: the page keeps its own copy while it is open.
      }
    },
  };
}

const device = memory("localStorage");
const tab = memory("sessionStorage");

// crypto.randomUUID is missing on plain http, where a trial server on the office network lives.
function randomUuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const sender = device.read("conversation") || randomUuid();
device.write("conversation", sender);

let talk = tab.read("talk") || { openedAt: Date.now(), turns: [] };
const remember = () => tab.write("talk", talk);

// ---- Text with links.

const LINK = new RegExp(
  [
    "https?://[A-Za-z0-9\\-._~:/?#[\\]@!$&'()*+,;=%]+",
    // A number followed by a unit is money or a count, not a telephone.
    "(?:[(（]?0\\d{2,3}[)）-]\\d{5,8}|400-?\\d{3}-?\\d{4}|1[3-9]\\d{9}|12(?:393|345|333|320))" +
      "(?!\\d|[.,]\\d|\\s*(?:[元块万个%％]|yuan))",
  ].join("|"),
  "g",
);

function linkTo(found) {
  const link = document.createElement("a");
  if (found.startsWith("http")) {
    link.href = found;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  } else {
    link.href = "tel:" + found.replace(/[(（]/, "").replace(/[)）]/, "-");
  }
  link.textContent = found;
  return link;
}

function withLinks(text) {
  const parts = document.createDocumentFragment();
  let done = 0;
  for (const match of text.matchAll(LINK)) {
    // Older iPhones know no lookbehind, so what stands before a number is looked at here.
    if (!match[0].startsWith("http") && /[\w.\-¥￥]/.test(text.charAt(match.index - 1))) continue;
    let found = match[0];
    if (found.startsWith("http")) {
      found = found.replace(/[.,;:!?']+$/, "");
      if (!found.includes("(")) found = found.replace(/[).,]+$/, "");
    }
    parts.append(text.slice(done, match.index), linkTo(found));
    done = match.index + found.length;
  }
  parts.append(text.slice(done));
  return parts;
}

// ---- One turn of the conversation on the screen.

function make(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  if (tag === "button") element.type = "button";
  return element;
}

function timeLabel(at, now = new Date()) {
  const moment = new Date(at);
  const clock = [moment.getHours(), moment.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
  const days = Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days < 1) return clock;
  if (days === 1) return `昨天 ${clock}`;
  if (days < 7) return `星期${"日一二三四五六"[moment.getDay()]} ${clock}`;
  return `${moment.getFullYear()}年${moment.getMonth() + 1}月${moment.getDate()}日 ${clock}`;
}

let lastShownAt = talk.openedAt;

function timeLine(at) {
  const line = make("p", "when");
  const time = make("time", "", timeLabel(at));
  time.dateTime = new Date(at).toISOString();
  line.append(time);
  return line;
}

function sourceList(sources) {
  const list = make("ul", "sources");
  for (const source of sources) {
    const entry = make("li", "");
    entry.append(make("b", "", source.document), make("span", "section", source.section));
    entry.append(make("span", "precis", source.precis));
    if (source.note) entry.append(make("span", "remark", `说明：${source.note}`));
    if (source.checked_on) entry.append(make("small", "", `核对日期：${source.checked_on}`));
    list.append(entry);
  }
  return list;
}

let sourceLists = 0;

function sourcesUnder(sources) {
  const box = make("div", "evidence");
  const list = sourceList(sources);
  const toggle = make("button", "toggle", "依据");
  list.id = `sources-${(sourceLists += 1)}`;
  list.hidden = true;
  toggle.setAttribute("aria-expanded", "false");
  toggle.setAttribute("aria-controls", list.id);
  toggle.addEventListener("click", () => {
    list.hidden = !list.hidden;
    toggle.setAttribute("aria-expanded", String(!list.hidden));
    if (!list.hidden) list.scrollIntoView({ block: "nearest" });
  });
  box.append(toggle, list);
  return box;
}

function chipsUnder(buttons) {
  const chips = make("div", "chips");
  chips.setAttribute("role", "group");
  chips.setAttribute("aria-label", "可以点选");
  for (const { title, payload } of buttons) {
    const chip = make("button", "chip", title);
    chip.addEventListener("click", () => say(title, payload));
    chips.append(chip);
  }
  return chips;
}

function retryLine(turn) {
  const line = make("p", "system");
  const button = make("button", "retry", turn.state === "unanswered" ? NOT_ANSWERED : NOT_SENT);
  button.addEventListener("click", () => retry(turn));
  line.append(button);
  return line;
}

const onScreen = new Map();
let typing = null;

function draw(turn) {
  const element = byId(`${turn.who}-turn`).content.firstElementChild.cloneNode(true);
  const stack = element.querySelector(".stack");
  const text = make("span", "text");
  text.append(withLinks(turn.text));
  stack.firstElementChild.append(text);
  if (turn.at - lastShownAt > SILENCE_MS) element.prepend(timeLine(turn.at));
  lastShownAt = turn.at;
  if (turn.sources && turn.sources.length) stack.append(sourcesUnder(turn.sources));
  if (turn.buttons && turn.buttons.length) stack.append(chipsUnder(turn.buttons));
  // Options of earlier turns still work, but those of the latest answer should catch the eye.
  if (turn.who === "me") log.querySelectorAll(".chips").forEach((chips) => chips.classList.add("older"));
  log.insertBefore(element, typing);
  onScreen.set(turn, element);
  if (turn.who === "me" && turn.state !== "waiting" && turn.state !== "answered") markFailed(turn);
  return element;
}

function markFailed(turn) {
  onScreen.get(turn).classList.add("failed");
  onScreen.get(turn).append(retryLine(turn));
}

function erase(turn) {
  onScreen.get(turn).remove();
  onScreen.delete(turn);
}

// To the end, unless that would push the question out of sight: a long answer is read from its beginning.
function reveal(element) {
  log.scrollTop = Math.min(log.scrollHeight - log.clientHeight, element.offsetTop);
}

function showTyping(wanted) {
  if (typing) typing.remove();
  typing = wanted ? byId("typing-turn").content.firstElementChild.cloneNode(true) : null;
  if (typing) log.append(typing);
}

// ---- Talking to the assistant, one message at a time.

async function ask(message) {
  const stop = new AbortController();
  const alarm = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const response = await fetch(ENDPOINT, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ sender, message }),
      signal: stop.signal,
    });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return bubblesOf(await response.json());
  } finally {
    clearTimeout(alarm);
  }
}

// Options and sources belong to the bubble before them, in whatever items they come.
function bubblesOf(items) {
  const bubbles = [];
  for (const { text, buttons = [], custom = {} } of items) {
    if (text || (buttons.length && !bubbles.length)) {
      bubbles.push({ who: "bot", text: text || "请选择：", buttons: [], sources: [], at: Date.now() });
    }
    const bubble = bubbles[bubbles.length - 1];
    if (!bubble) continue;
    bubble.buttons.push(...buttons);
    bubble.sources.push(...(custom.sources || []));
  }
  return bubbles;
}

let waiting = 0;
let queue = Promise.resolve();

function say(text, payload = text) {
  enqueue({ who: "me", text, payload, at: Date.now(), state: "waiting" });
}

function retry(turn) {
  erase(turn);
  talk.turns = talk.turns.filter((other) => other !== turn);
  log.focus({ preventScroll: true }); // The button that had the focus is gone.
  enqueue(Object.assign(turn, { at: Date.now(), state: "waiting" }));
}

function enqueue(turn) {
  talk.turns.push(turn);
  remember();
  waiting += 1;
  const element = draw(turn);
  showTyping(true);
  log.scrollTop = log.scrollHeight;
  queue = queue.then(() => deliver(turn, element));
}

async function deliver(turn, element) {
  let bubbles = [];
  try {
    bubbles = await ask(turn.payload);
    turn.state = bubbles.length ? "answered" : "unanswered";
  } catch {
    turn.state = "unsent"; // No network, no patience left, an error status or an unreadable reply.
  }
  waiting -= 1;
  showTyping(waiting > 0);
  if (turn.state !== "answered") markFailed(turn);
  else if (turn.payload === FORGET_ME) forget();
  talk.turns.push(...bubbles);
  bubbles.forEach(draw);
  remember();
  reveal(element.isConnected ? element : onScreen.get(bubbles[0]));
}

// What was said goes from the screen and from the browser; messages still on their way stay.
function forget() {
  const kept = talk.turns.filter((turn) => turn.state === "waiting");
  talk.turns.filter((turn) => !kept.includes(turn)).forEach(erase);
  talk = { openedAt: Date.now(), turns: kept };
  showOpening();
}

// ---- The controls.

function showOpening() {
  lastShownAt = talk.openedAt;
  byId("opened").textContent = timeLabel(talk.openedAt);
  byId("opened").dateTime = new Date(talk.openedAt).toISOString();
}

function tellLength() {
  const excess = input.value.length - LONGEST_TEXT;
  note.hidden = excess <= 0;
  const text = `一次最多发${LONGEST_TEXT}个字，现在多了${excess}个字。请您删短一些，或者分几次发。`;
  if (excess <= 0) note.textContent = "";
  else if (note.textContent !== text) note.textContent = text;
  input.setAttribute("aria-invalid", String(excess > 0));
}

function fitInput() {
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight}px`;
  tellLength();
}

function sendInput() {
  const text = input.value.trim();
  input.focus();
  if (!text || input.value.length > LONGEST_TEXT) return;
  input.value = "";
  fitInput();
  say(text);
}

function openMenu(open) {
  menu.hidden = !open;
  menuButton.setAttribute("aria-expanded", String(open));
}

function setSize(size) {
  document.documentElement.dataset.size = size;
  menu.querySelectorAll("[data-size]").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.size === size));
  });
  fitInput();
}

byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  sendInput();
});

input.addEventListener("input", fitInput);
input.addEventListener("keydown", (event) => {
  // While an input method is composing, Enter picks a word; Safari tells so by key code 229 alone.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  sendInput();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const inMenu = menu.contains(event.target);
  if (!inMenu && button !== menuButton) openMenu(false);
  if (!button) return;
  if (button === menuButton) openMenu(menu.hidden);
  if (button.dataset.size) {
    setSize(button.dataset.size);
    device.write("text-size", button.dataset.size);
  }
  if (button.dataset.say) {
    openMenu(false);
    if (inMenu) menuButton.focus();
    say(button.dataset.say);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || menu.hidden) return;
  openMenu(false);
  menuButton.focus();
});

menu.addEventListener("focusout", (event) => {
  if (event.relatedTarget && event.relatedTarget !== menuButton && !menu.contains(event.relatedTarget)) openMenu(false);
});

function tellConnection() {
  byId("offline").hidden = navigator.onLine;
}

window.addEventListener("online", tellConnection);
window.addEventListener("offline", tellConnection);

// On an iPhone the keyboard covers the page instead of shrinking it; zooming with two fingers is left alone.
function fitKeyboard() {
  if (Math.abs(window.visualViewport.scale - 1) > 0.01) return;
  document.documentElement.style.setProperty("--visible-height", `${window.visualViewport.height}px`);
  window.scrollTo(0, 0);
}

if (window.visualViewport) window.visualViewport.addEventListener("resize", fitKeyboard);

// ---- The start: what this tab has seen before is shown again, without reading it all aloud.

function restore() {
  log.setAttribute("aria-live", "off");
  showOpening();
  for (const turn of talk.turns) {
    if (turn.state === "waiting") turn.state = "unsent"; // The page was closed before the answer came.
    draw(turn);
  }
  remember();
  if (talk.turns.length) log.scrollTop = log.scrollHeight;
  setTimeout(() => log.setAttribute("aria-live", "polite"), 1000);
}

setSize(device.read("text-size") || "normal");
tellConnection();
restore();
