// The YAML editor: a plain textarea with a painted copy behind it, line numbers beside it, and the
// service's own verdict on the text while it is written.

import { element, errorBox, post } from "../stewards/http.js";
import { paintedLine } from "./yaml_paint.js";

const MOST_PAINTED = 4000;
const PAUSE_MS = 350;
const form = document.getElementById("editor");
const text = document.getElementById("yaml");
const paint = form.querySelector(".sl-editor-paint");
const numbers = form.querySelector(".sl-editor-lines");
const verdict = document.getElementById("verdict");
const list = document.getElementById("problems");
const begun = text.value;

let problems = [];
let waiting = 0;
let asking = null;
let leaving = false;
let saving = false;

function repaint() {
  const lines = text.value.split("\n");
  const marked = new Map();
  for (const one of problems) if (one.line && !marked.has(one.line)) marked.set(one.line, one);
  numbers.replaceChildren(...lines.map((_, place) => {
    const problem = marked.get(place + 1);
    return element("div", { class: problem ? `sl-line-${problem.severity}` : "", title: problem ? problem.message : null }, String(place + 1));
  }));
  if (lines.length > MOST_PAINTED) {
    paint.textContent = `${text.value}\n`;
    return;
  }
  paint.replaceChildren(...lines.map((line, place) => {
    const problem = marked.get(place + 1);
    return paintedLine(line, problem ? problem.column || 1 : undefined);
  }));
  follow();
}

function follow() {
  paint.style.transform = `translate(${-text.scrollLeft}px, ${-text.scrollTop}px)`;
  numbers.scrollTop = text.scrollTop;
}

function goTo(problem) {
  const before = text.value.split("\n").slice(0, problem.line - 1);
  const at = before.reduce((sum, line) => sum + line.length + 1, 0) + (problem.column || 1) - 1;
  text.focus();
  text.setSelectionRange(at, at);
  const height = text.scrollHeight / text.value.split("\n").length;
  text.scrollTop = Math.max(0, (problem.line - 6) * height);
  follow();
}

function problemRow(problem) {
  const place = problem.line ? `line ${problem.line}, column ${problem.column}` : problem.path || "the whole";
  const where = problem.line
    ? element("button", { type: "button", class: "sl-link", onclick: () => goTo(problem) }, place)
    : element("span", {}, place);
  const look = problem.severity === "error" ? "sl-bad" : "sl-warn";
  return element("li", {}, where, " ", element("span", { class: look }, problem.message), " ", element("code", {}, problem.code));
}

function tell(found) {
  problems = [
    ...found.errors.map((one) => ({ ...one, severity: "error" })),
    ...found.warnings.map((one) => ({ ...one, severity: "warning" })),
  ];
  const count = found.errors.length;
  verdict.textContent = count ? `${count} problem${count === 1 ? "" : "s"}` : "Valid";
  verdict.className = count ? "sl-bad" : "sl-good";
  list.replaceChildren(...problems.map(problemRow));
  repaint();
}

async function check() {
  if (asking) asking.abort();
  const mine = new AbortController();
  asking = mine;
  try {
    const body = { yaml: text.value, category: form.elements.category.value };
    tell(await post(form.dataset.problemsUrl, body, mine.signal));
  } catch (error) {
    if (error.name === "AbortError") return;
    verdict.textContent = "Could not be checked";
    verdict.className = "sl-bad";
    list.replaceChildren(element("li", {}, errorBox(error)));
  }
}

function checkSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(check, PAUSE_MS);
}

// Through the browser's own command, so that undo takes it back.
function insert(words) {
  if (!document.execCommand("insertText", false, words)) text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
}

function lineStart() {
  return text.value.lastIndexOf("\n", text.selectionStart - 1) + 1;
}

function outdent() {
  const start = lineStart();
  const spaces = /^ {0,2}/.exec(text.value.slice(start))[0].length;
  if (!spaces) return;
  const at = text.selectionStart;
  text.setSelectionRange(start, start + spaces);
  document.execCommand("delete");
  const back = Math.max(start, at - spaces);
  text.setSelectionRange(back, back);
}

function onKey(event) {
  if (event.key === "Escape") { leaving = true; return; }
  if (event.key === "Tab" && !leaving && !event.ctrlKey && !event.altKey) {
    event.preventDefault();
    if (event.shiftKey) outdent();
    else insert("  ");
  } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
    const line = text.value.slice(lineStart(), text.selectionStart);
    const indent = /^ */.exec(line)[0];
    event.preventDefault();
    insert(`\n${indent}${/:\s*$/.test(line) ? "  " : ""}`);
  }
  if (event.key !== "Shift") leaving = false;
}

text.addEventListener("keydown", onKey);
text.addEventListener("blur", () => { leaving = false; });
text.addEventListener("input", () => { repaint(); checkSoon(); });
text.addEventListener("scroll", follow);
form.elements.category.addEventListener("change", checkSoon);
form.addEventListener("submit", () => { saving = true; });
window.addEventListener("beforeunload", (event) => {
  if (!saving && text.value !== begun) event.preventDefault();
});
repaint();
check();
