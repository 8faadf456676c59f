// The hotline console: search as one types, keys for everything, and what was looked at goes into the call's record.
// Every page works without this script; it only spares the reloads.
"use strict";

(() => {
  const LOOKED_AFTER_MS = 2500;
  const TYPED_ALIKE_MS = 150;
  const console_ = document.getElementById("console");
  const said = document.getElementById("said");
  const help = document.getElementById("help");
  const state = { ...Object.fromEntries(new URLSearchParams(location.search)) };
  // What the caller has told so far: it stays when the clerk goes from one tool to the other.
  let facts = {};
  let running = null;
  let looking = 0;
  let waiting = 0;

  const box = () => document.getElementById("q");
  const answer = () => document.getElementById("answer");
  const inField = (element) => element instanceof HTMLElement && element.matches("input, textarea, select");
  const inCall = () => Boolean(document.getElementById("callbar").dataset.call);

  function tell(text) {
    said.textContent = "";
    window.setTimeout(() => { said.textContent = text; }, 30);
  }

  // ---- Parts of the page from the server. Whatever has data-into replaces the inside of the element of that id.

  async function ask(address, options = {}) {
    if (running) running.abort();
    const mine = new AbortController();
    running = mine;
    try {
      const response = await fetch(address, {
        ...options,
        signal: mine.signal,
        headers: { "X-Part": "1", "X-CSRF-Token": console_.dataset.csrf, ...(options.headers || {}) },
      });
      if (response.redirected || response.status === 401) {
        location.assign(`/login?next=${encodeURIComponent("/staff")}`);
        return false;
      }
      if (!response.ok) {
        tell("没有成功，请再试一次。");
        return false;
      }
      place(await response.text());
      return true;
    } catch (problem) {
      if (problem.name !== "AbortError") tell("连不上服务器，请检查网络后再试。");
      return false;
    } finally {
      if (running === mine) running = null;
    }
  }

  function place(html) {
    const parts = new DOMParser().parseFromString(html, "text/html").querySelectorAll("[data-into]");
    for (const part of parts) {
      const target = document.getElementById(part.dataset.into);
      if (!target) continue;
      if (part.dataset.call !== undefined) target.dataset.call = part.dataset.call;
      target.replaceChildren(...part.childNodes);
    }
    tick();
  }

  async function load(changes, bar = false) {
    for (const [name, value] of Object.entries(changes)) state[name] = value;
    const wanted = new URLSearchParams();
    for (const name of ["q", "place", "topic", "view"]) if (state[name]) wanted.set(name, state[name]);
    if (bar) wanted.set("bar", "1");
    const done = await ask(`/staff/part?${wanted}`);
    if (done) { recall(); watch(); }
    return done;
  }

  async function post(address, values) {
    const body = new URLSearchParams({ ...values, csrf: console_.dataset.csrf });
    try {
      const response = await fetch(address, { method: "POST", body, headers: { "X-Part": "1" } });
      return response.ok;
    } catch {
      return false;
    }
  }

  // ---- What was looked at for a while, or copied, belongs to the call.

  function shown() {
    const article = answer().querySelector("[data-topic], [data-tool]");
    return article ? article.dataset.topic || article.dataset.tool : "";
  }

  function watch() {
    window.clearTimeout(looking);
    if (inCall() && shown()) looking = window.setTimeout(look, LOOKED_AFTER_MS);
  }

  function look() {
    window.clearTimeout(looking);
    const subject = shown();
    if (!inCall() || !subject) return;
    const headline = answer().querySelector(".headline");
    const values = { subject, place: state.place || "", said: headline ? headline.innerText : "" };
    const form = document.getElementById("tool");
    if (form) for (const [name, value] of new FormData(form)) if (value && name !== "csrf" && name !== "q") values[name] = value;
    post("/staff/call/look", values);
  }

  // ---- The facts of a tool

  function remember() {
    for (const [name, value] of new FormData(document.getElementById("tool"))) facts[name] = value;
  }

  function recall() {
    const form = document.getElementById("tool");
    if (!form) return;
    let changed = false;
    for (const field of form.elements) {
      const known = facts[field.name];
      if (!known || field.value || field.type === "hidden") continue;
      field.value = known;
      changed = true;
    }
    if (changed) work();
  }

  // ---- Search

  document.addEventListener("input", (event) => {
    if (event.target === box()) {
      const began = event.timeStamp;
      load({ q: box().value.trim(), topic: "", view: "" }).then((done) => {
        if (done) requestAnimationFrame(() => performance.measure("keystroke", { start: began, end: performance.now() }));
      });
    } else if (event.target.closest("#tool")) {
      window.clearTimeout(waiting);
      remember();
      waiting = window.setTimeout(work, TYPED_ALIKE_MS);
    }
  });

  function work() {
    const form = document.getElementById("tool");
    if (!form) return;
    ask(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) }).then((done) => { if (done) watch(); });
  }

  document.addEventListener("submit", (event) => {
    if (event.target.id === "search") {
      event.preventDefault();
      look();
      answer().focus();
    } else if (event.target.id === "tool") {
      event.preventDefault();
      work();
    } else if (event.target.action.endsWith("/staff/call/start")) {
      event.preventDefault();
      begin(event.target);
    }
  });

  async function begin(form) {
    const values = Object.fromEntries(new FormData(form));
    if (!await post(form.action, { ...values, place: state.place || "" })) { tell("没有开始，请再试一次。"); return; }
    facts = {};
    await load({}, true);
    box().focus();
    tell("通话开始，已记录。");
  }

  function step(by) {
    const links = [...document.querySelectorAll("#hits a")];
    if (!links.length) return;
    const at = links.findIndex((link) => link.getAttribute("aria-current"));
    const next = links[Math.min(links.length - 1, Math.max(0, at + by))];
    load({ topic: next.dataset.topic, view: "" });
  }

  // ---- Links of the console are followed without a reload

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.dataset.clause) { event.preventDefault(); open(link.dataset.clause); return; }
    if (!link.getAttribute("href").startsWith("/staff?")) return;
    event.preventDefault();
    follow(link);
  });

  async function follow(link) {
    const wanted = new URLSearchParams(link.getAttribute("href").split("?")[1]);
    if (link.dataset.place !== undefined) {
      if (inCall()) post("/staff/call/place", { place: link.dataset.place });
      delete facts.insured_place;
      await load({ place: link.dataset.place }, true);
      tell(link.dataset.place ? `参保地：${link.firstChild.textContent.trim()}` : "参保地还没问");
      return;
    }
    const changes = { view: wanted.get("view") || "" };
    const topic = link.dataset.topic || shown();
    if (topic && !["filing", "estimate"].includes(topic)) changes.topic = topic;
    await load(changes);
    const first = answer().querySelector("#tool select, #tool input:not([type=hidden]), form input:not([type=hidden]), form textarea");
    if (changes.view && changes.view !== "everywhere" && first) first.focus();
    else if (!inField(document.activeElement)) answer().focus();
  }

  function open(clause) {
    const article = document.getElementById(`clause-${clause}`);
    if (!article) return;
    const original = article.querySelector("details");
    if (original) original.open = true;
    article.focus();
    article.scrollIntoView({ block: "nearest" });
  }

  // ---- Copying

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button.dataset.copy);
  });

  async function copy(which) {
    const text = document.getElementById(which)?.innerText || "";
    if (!text) return;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      copyByHand(text);
    }
    look();
    tell({ spoken: "口播已复制", sms: "短信已复制", wechat: "微信文字已复制" }[which]);
  }

  // The clipboard is only there over HTTPS or on the same machine; an office's own network may have neither.
  function copyByHand(text) {
    const back = document.activeElement;
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    back?.focus();
  }

  // ---- Keys

  const KEYS = "abcghkmnprsw0123456789";

  function keyOf(event) {
    if (event.code.startsWith("Key")) return event.code[3].toLowerCase();
    if (event.code.startsWith("Digit")) return event.shiftKey ? "" : event.code[5];
    return "";
  }

  function act(key) {
    if (key === "t") { const first = document.querySelector("#clauses .clause"); if (first) open(first.id.slice(7)); return true; }
    if (!KEYS.includes(key) || !key) return false;
    const target = [...document.querySelectorAll(`[data-key="${key}"]`)].find((element) => element.getClientRects().length);
    if (!target) return false;
    target.click();
    return true;
  }

  function leave(event) {
    if (inField(event.target)) { answer().focus(); return; }
    if (state.view) load({ view: "" }).then(() => answer().focus());
    else { box().focus(); box().select(); }
  }

  const singleKeys = () => document.getElementById("single-keys").checked;

  document.addEventListener("keydown", (event) => {
    if (help.open || event.isComposing || event.ctrlKey || event.metaKey) return;
    const field = inField(event.target);
    const searching = event.target === box();
    if (event.key === "Escape") { event.preventDefault(); leave(event); return; }
    if ((searching || !field) && (event.key === "ArrowDown" || event.key === "ArrowUp") && !scrolls(event.target)) {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
      return;
    }
    if (event.altKey) { if (act(keyOf(event))) event.preventDefault(); return; }
    if (event.key === "?" && (!field || (searching && !box().value))) { event.preventDefault(); help.showModal(); return; }
    if (field || !singleKeys()) return;
    if (event.key === "/") { event.preventDefault(); box().focus(); box().select(); return; }
    if (act(keyOf(event))) event.preventDefault();
  });

  // Where a pane has more than fits, the arrow keys scroll it; from there Tab or Esc lead on.
  const scrolls = (element) => element.closest?.(".sidebyside, .whatif, .clauses") && !element.matches("a");

  document.getElementById("help-button").addEventListener("click", () => help.showModal());
  document.addEventListener("click", (event) => { if (event.target.closest("#help-button")) help.open || help.showModal(); });
  const remembered = localStorage.getItem("single-keys");
  if (remembered === "off") document.getElementById("single-keys").checked = false;
  document.getElementById("single-keys").addEventListener("change", (event) => localStorage.setItem("single-keys", event.target.checked ? "on" : "off"));

  // ---- The clock of the call

  function tick() {
    const clock = document.getElementById("clock");
    if (!clock) return;
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(clock.dateTime)) / 1000));
    clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
  window.setInterval(tick, 1000);
  tick();
  watch();
})();
