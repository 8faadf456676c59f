// The maintainers' console: checks while one types, live progress of a training, and keys for the inbox. Every page works
// without this script; only the checks then come with saving.
"use strict";

(() => {
  const TYPED_ALIKE_MS = 400;
  let waiting = 0;
  let running = null;

  // ---- The checks beside the editor

  const form = document.querySelector("form[data-check]");
  const findings = document.getElementById("findings");

  async function check() {
    if (running) running.abort();
    running = new AbortController();
    try {
      const response = await fetch(form.dataset.check, { method: "POST", body: new URLSearchParams(new FormData(form)), signal: running.signal });
      if (!response.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      findings.replaceChildren(...page.body.childNodes);
    } catch (problem) {
      if (problem.name !== "AbortError") throw problem;
    }
  }

  if (form && findings) {
    form.addEventListener("input", () => {
      window.clearTimeout(waiting);
      waiting = window.setTimeout(check, TYPED_ALIKE_MS);
    });
    let saved = false;
    let touched = false;
    form.addEventListener("input", () => { touched = true; });
    form.addEventListener("submit", () => { saved = true; });
    window.addEventListener("beforeunload", (event) => { if (touched && !saved) event.preventDefault(); });
  }

  // ---- The progress of a training; the browser takes it up again where it was cut off

  const run = document.getElementById("run");
  if (run && run.dataset.state === "running") {
    const source = new EventSource(run.dataset.events);
    const steps = document.getElementById("run-steps");
    steps.replaceChildren();
    source.addEventListener("message", (event) => {
      const told = JSON.parse(event.data);
      document.getElementById("run-share").value = told.share;
      document.getElementById("run-step").textContent = told.text;
      const line = document.createElement("li");
      line.textContent = told.text;
      steps.append(line);
    });
    source.addEventListener("over", () => { source.close(); location.reload(); });
  }

  // ---- Keys for the inbox: j and k go through the groups, Enter opens one, 1 takes the first suggestion

  const titles = [...document.querySelectorAll("#inbox .title")];
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
    if ((event.key === "j" || event.key === "k") && titles.length) {
      const at = titles.indexOf(document.activeElement);
      const next = event.key === "j" ? Math.min(titles.length - 1, at + 1) : Math.max(0, at - 1);
      titles[next].focus();
      event.preventDefault();
      return;
    }
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (target) { target.click(); event.preventDefault(); }
  });
})();
