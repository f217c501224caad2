// The interactive picture of the lineage: the server lays it out, this draws, moves and asks for more.

import { element, errorBox, get } from "../stewards/http.js";

const NS = "http://www.w3.org/2000/svg";
const SOLID = new Set(["value", "reads"]);
const STEP = 60;
const place = document.getElementById("picture");
const state = document.getElementById("state");
const about = document.getElementById("about");
const opened = new Set();
const columns = new Set();
let graph = { boxes: [], lines: [], width: 1, height: 1 };
let view = null;
let picked = null;
let asked = 0;

function svg(tag, attributes, text) {
  const made = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

const shortened = (text) => (text.length > 26 ? `${text.slice(0, 25)}…` : text);
const canvas = svg("svg", { tabindex: 0, role: "group", "aria-label": "Lineage" });
const lineLayer = svg("g", {});
const boxLayer = svg("g", {});
canvas.append(lineLayer, boxLayer);

function applyView() {
  canvas.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
}

function fit() {
  view = { x: 0, y: 0, width: Math.max(graph.width, 400), height: Math.max(graph.height, 200) };
  applyView();
}

// Around a point of the picture that stays where it is.
function zoom(factor, x = view.x + view.width / 2, y = view.y + view.height / 2) {
  const width = Math.min(Math.max(view.width * factor, 150), 40000);
  const by = width / view.width;
  view = { x: x - (x - view.x) * by, y: y - (y - view.y) * by, width, height: view.height * by };
  applyView();
}

function move(x, y) {
  view = { ...view, x: view.x + x, y: view.y + y };
  applyView();
}

function scale() {
  const size = canvas.getBoundingClientRect();
  return Math.max(view.width / size.width, view.height / size.height);
}

function drawLine(line) {
  const names = ["line"];
  if (!SOLID.has(line.relation)) names.push("dashed");
  if (line.relation === "unresolved") names.push("unresolved");
  if (picked && (line.source === picked || line.target === picked)) names.push("near");
  const made = svg("path", { d: line.path, class: names.join(" ") });
  made.append(svg("title", {}, line.relation));
  return made;
}

function drawBox(box) {
  const names = ["node", box.kind];
  if (box.is_root) names.push("root");
  if (!box.is_open) names.push("closed");
  if (box.id === picked) names.push("picked");
  const said = `${box.full_name}, ${box.subtitle}, ${box.is_open ? "open" : "closed"}`;
  const made = svg("g", { class: names.join(" "), tabindex: 0, role: "button", "aria-label": said, "aria-expanded": box.is_open, "data-id": box.id });
  made.append(svg("title", {}, box.full_name));
  made.append(svg("rect", { class: "box", x: box.x, y: box.y, width: box.width, height: box.height, rx: 6 }));
  made.append(svg("text", { x: box.x + 10, y: box.y + 18 }, shortened(box.title)));
  made.append(svg("text", { x: box.x + 10, y: box.y + 34, class: "sub" }, shortened(box.subtitle)));
  box.rows.forEach((row, number) => {
    made.append(svg("text", { x: box.x + 18, y: box.y + 59 + number * 22, class: "row" }, shortened(row.label)));
  });
  if (box.may_show_columns) {
    const more = svg("rect", { class: "more", x: box.x + box.width - 28, y: box.y + 6, width: 22, height: 30, rx: 4 });
    more.append(svg("title", {}, "Columns"));
    more.addEventListener("click", (event) => { event.stopPropagation(); toggleColumns(box); });
    made.append(svg("text", { x: box.x + box.width - 20, y: box.y + 26 }, "⋮"), more);
  }
  made.addEventListener("click", () => open(box));
  made.addEventListener("focus", () => { reveal(box); pick(box); });
  made.addEventListener("keydown", (event) => onBoxKey(event, box));
  return made;
}

function draw() {
  lineLayer.replaceChildren(...graph.lines.map(drawLine));
  boxLayer.replaceChildren(...graph.boxes.map(drawBox));
}

// Whoever walks by keyboard sees where they are.
function reveal(box) {
  const isSeen = box.x >= view.x && box.x + box.width <= view.x + view.width
    && box.y >= view.y && box.y + Math.min(box.height, 60) <= view.y + view.height;
  if (!isSeen) move(box.x + box.width / 2 - view.x - view.width / 2, box.y + 30 - view.y - view.height / 2);
}

// Only what changes with the picked box, so that focus stays where it is.
function pick(box) {
  if (picked === box.id) return;
  picked = box.id;
  lineLayer.replaceChildren(...graph.lines.map(drawLine));
  for (const node of boxLayer.children) node.classList.toggle("picked", node.dataset.id === picked);
  describe(box);
}

function describe(box) {
  const names = new Map(graph.boxes.map((one) => [one.id, one.full_name]));
  const listed = (ids) => [...new Set(ids)].map((id) => names.get(id)).filter(Boolean).join(", ") || "nothing here";
  const from = graph.lines.filter((line) => line.target === box.id).map((line) => line.source);
  const to = graph.lines.filter((line) => line.source === box.id).map((line) => line.target);
  const page = box.link ? [element("p", {}, element("a", { href: box.link }, `Open ${box.title}`))] : [];
  about.replaceChildren(
    element("h2", {}, `${box.full_name} `, element("span", { class: "sl-tag" }, box.subtitle)),
    element("p", {}, element("strong", {}, "Made of: "), listed(from)),
    element("p", {}, element("strong", {}, "Used by: "), listed(to)),
    ...page,
  );
}

function open(box) {
  if (!box.is_open) { opened.add(box.id); read(box.id); } else pick(box);
}

function close(box) {
  if (opened.delete(box.id)) read(box.id);
}

function toggleColumns(box) {
  if (!columns.delete(box.id)) columns.add(box.id);
  read(box.id);
}

function onBoxKey(event, box) {
  const key = event.key.toLowerCase();
  if (key === "enter" || key === " ") open(box);
  else if (key === "c" && box.may_show_columns && !event.ctrlKey && !event.metaKey) toggleColumns(box);
  else if (key === "backspace") close(box);
  else return;
  event.preventDefault();
}

function onKey(event) {
  const moves = { arrowleft: [-STEP, 0], arrowright: [STEP, 0], arrowup: [0, -STEP], arrowdown: [0, STEP] };
  const by = moves[event.key.toLowerCase()];
  if (by) move(by[0] * scale(), by[1] * scale());
  else if (event.key === "+" || event.key === "=") zoom(0.8);
  else if (event.key === "-") zoom(1.25);
  else if (event.key === "0") fit();
  else return;
  event.preventDefault();
}

function onDrag(start) {
  if (start.button !== 0 || start.target.closest(".node")) return;
  let last = start;
  canvas.setPointerCapture(start.pointerId);
  canvas.classList.add("moving");
  const follow = (event) => {
    move((last.clientX - event.clientX) * scale(), (last.clientY - event.clientY) * scale());
    last = event;
  };
  canvas.addEventListener("pointermove", follow);
  canvas.addEventListener("pointerup", () => {
    canvas.removeEventListener("pointermove", follow);
    canvas.classList.remove("moving");
  }, { once: true });
}

function onWheel(event) {
  event.preventDefault();
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(canvas.getScreenCTM().inverse());
  zoom(event.deltaY > 0 ? 1.15 : 0.87, point.x, point.y);
}

// The newest answer counts; the box that was acted on keeps the focus.
async function read(focused) {
  const turn = (asked += 1);
  state.textContent = "Reading…";
  const query = [["root", place.dataset.root]];
  for (const id of opened) query.push(["open", id]);
  for (const id of columns) query.push(["columns", id]);
  try {
    const answer = await get(place.dataset.url, query);
    if (turn !== asked) return;
    const [before, after] = [graph, answer].map((one) => one.boxes.find((box) => box.id === focused));
    graph = answer;
    if (!view || !focused) fit();
    // What was acted on stays where it is, though all is laid out anew.
    else if (before && after) move(after.x - before.x, after.y - before.y);
    draw();
    state.textContent = `${graph.boxes.length} things${graph.truncated ? ", and more than can be shown" : ""}`;
    const node = focused && [...boxLayer.children].find((one) => one.dataset.id === focused);
    if (node) {
      node.focus({ preventScroll: true });
      describe(after);
    }
  } catch (error) {
    state.textContent = "";
    about.replaceChildren(errorBox(error));
  }
}

place.append(canvas);
canvas.addEventListener("keydown", onKey);
canvas.addEventListener("pointerdown", onDrag);
canvas.addEventListener("wheel", onWheel, { passive: false });
document.getElementById("zoom-in").addEventListener("click", () => zoom(0.8));
document.getElementById("zoom-out").addEventListener("click", () => zoom(1.25));
document.getElementById("fit").addEventListener("click", fit);
read();
