// The explorer: what is picked lives in one object, which the address repeats.

import { clearResults, showAnswer, showSql } from "./explorer_results.js";
import { WITHOUT_VALUE, fromAddress, toAddress, toQuery } from "./explorer_state.js";
import { element, errorBox, get, post } from "../stewards/http.js";

const form = document.getElementById("explorer");
const byId = (id) => document.getElementById(id);
const urls = form.dataset;
const mayRun = urls.mayRun === "yes";
const OPERATORS = [["=", "is"], ["!=", "is not"], ["<", "<"], ["<=", "≤"], [">", ">"], [">=", "≥"], ["in", "is one of"],
  ["not_in", "is none of"], ["between", "between"], ["contains", "contains"], ["starts_with", "starts with"],
  ["is_null", "is empty"], ["not_null", "is not empty"]];

let state = fromAddress(location.search);
let metrics = [];
let dimensions = [];
let running = null;

const say = (text) => { byId("status").textContent = text; };
const fail = (error) => { if (error.name !== "AbortError") byId("problem").replaceChildren(errorBox(error)); };

function remember() {
  const query = toAddress(state);
  history.replaceState(null, "", query ? `?${query}` : location.pathname);
}

// ------------------------------------------------------------ pickers

function chip(name, remove) {
  return element("span", { class: "sl-chip" }, name,
    element("button", { type: "button", "aria-label": `Remove ${name}`, onclick: remove }, "×"));
}

function option(name, about, checked, onchange, ...more) {
  const box = element("input", { type: "checkbox", checked, value: name, onchange: () => onchange(box.checked) });
  const words = element("span", {}, element("strong", {}, about.label || name), about.label ? ` ${name}` : "",
    about.description ? element("small", { class: "sl-muted" }, about.description) : null);
  return element("div", { class: "sl-option" }, element("label", {}, box, words), ...more);
}

function drawMetrics() {
  byId("metric-chips").replaceChildren(...state.metrics.map((name) => chip(name, () => toggleMetric(name, false))));
  byId("metric-list").replaceChildren(...metrics.map((one) =>
    option(one.name, one, state.metrics.includes(one.name), (on) => toggleMetric(one.name, on))));
  drawOrder();
}

async function toggleMetric(name, on) {
  state.metrics = state.metrics.filter((other) => other !== name);
  if (on) state.metrics.push(name);
  for (const box of byId("metric-list").querySelectorAll("input")) if (box.value === name) box.checked = on;
  byId("metric-chips").replaceChildren(...state.metrics.map((one) => chip(one, () => toggleMetric(one, false))));
  drawOrder();
  remember();
  await loadDimensions();
}

const columnOf = (dimension, grain) => (grain ? `${dimension.name}__${grain}` : dimension.name);
const pickedColumn = (dimension) => state.by.find((name) =>
  name === dimension.name || dimension.grains.some((grain) => name === `${dimension.name}__${grain}`));

function dimensionOption(dimension) {
  const picked = pickedColumn(dimension);
  const isTime = dimension.grains.length > 0;
  const current = picked && picked !== dimension.name ? picked.slice(dimension.name.length + 2) : dimension.default_grain;
  const grain = isTime ? element("select", { class: "sl-input", "aria-label": `Grain of ${dimension.name}`, onchange: () => {
    const before = pickedColumn(dimension);
    if (before) { state.by = state.by.map((name) => (name === before ? columnOf(dimension, grain.value) : name)); drawPicked(); }
  } }, ...dimension.grains.map((name) => element("option", { value: name, selected: name === current }, name))) : null;
  return option(dimension.name, dimension, Boolean(picked), (on) => {
    const before = pickedColumn(dimension);
    if (before) state.by = state.by.filter((name) => name !== before);
    if (on) state.by.push(columnOf(dimension, grain && grain.value));
    drawPicked();
  }, grain);
}

function drawPicked() {
  byId("dimension-chips").replaceChildren(...state.by.map((name) => chip(name, () => {
    state.by = state.by.filter((other) => other !== name);
    drawDimensions();
  })));
  drawOrder();
  remember();
}

function drawDimensions() {
  const search = form.elements.dimension_search.value.trim().toLowerCase();
  const fits = (one) => [one.name, one.label, one.description].some((text) => (text || "").toLowerCase().includes(search));
  const found = dimensions.filter(fits);
  const empty = element("p", { class: "sl-muted" }, state.metrics.length ? "None fits." : "Pick a metric first.");
  byId("dimension-list").replaceChildren(...(found.length ? found.map(dimensionOption) : [empty]));
  drawPicked();
}

function drawOrder() {
  const names = [...state.by, ...state.metrics];
  const bare = state.order.replace(/^-/, "");
  form.elements.order.replaceChildren(element("option", { value: "" }, "as it comes"),
    ...names.map((name) => element("option", { value: name, selected: name === bare }, name)));
  form.elements.direction.value = state.order.startsWith("-") ? "-" : "";
}

// ------------------------------------------------------------ conditions

function drawConditions() {
  byId("conditions").replaceChildren(...state.where.map((one, place) => conditionRow(one, place)));
}

function conditionRow(one, place) {
  const names = [...dimensions.filter((d) => d.name !== "metric_time").map((d) => d.name), ...state.metrics];
  if (one.field && !names.includes(one.field)) names.unshift(one.field);
  const change = (key) => (event) => { one[key] = event.target.value; remember(); if (key !== "text") drawConditions(); };
  const select = (key, label, options) => element("select", { class: "sl-input", "aria-label": `${label} of condition ${place + 1}`, onchange: change(key) },
    ...options.map(([value, text]) => element("option", { value, selected: value === one[key] }, text)));
  const values = element("datalist", { id: `values-${place}` });
  const text = element("input", { class: "sl-input sl-grow", type: "text", "aria-label": `Value of condition ${place + 1}`, oninput: change("text"), onfocus: () => suggest(one, values) });
  text.setAttribute("list", values.id);
  text.value = one.text;
  const remove = element("button", { type: "button", class: "sl-button", "aria-label": `Remove condition ${place + 1}`, onclick: () => {
    state.where.splice(place, 1); remember(); drawConditions(); byId("add-condition").focus();
  } }, "Remove");
  return element("div", { class: "sl-row sl-condition" }, select("field", "Field", [["", "Choose…"], ...names.map((n) => [n, n])]),
    select("op", "Operator", OPERATORS), ...(WITHOUT_VALUE.includes(one.op) ? [] : [text, values]), remove);
}

async function suggest(one, place) {
  if (!mayRun || place.childElementCount || !dimensions.some((d) => d.name === one.field && !d.grains.length)) return;
  try {
    const found = await post(urls.valuesUrl, { dimension: one.field, category: state.category, limit: 100 });
    place.replaceChildren(...found.values.filter((value) => value !== null).map((value) => element("option", { value: String(value) })));
  } catch { /* suggestions are a convenience: the condition can be typed */ }
}

// ------------------------------------------------------------ loading and running

async function loadMetrics() {
  const found = await get(urls.metricsUrl, { category: state.category, search: form.elements.metric_search.value });
  metrics = found.metrics;
  byId("metric-count").textContent = found.total_count > metrics.length
    ? `${metrics.length} of ${found.total_count}: search for the others.` : `${found.total_count} metrics.`;
  drawMetrics();
}

async function loadDimensions() {
  const asked = state.metrics.join();
  let found = [];
  byId("problem").replaceChildren();
  try {
    if (asked) found = (await post(urls.dimensionsUrl, { metrics: state.metrics, category: state.category })).dimensions;
  } catch (error) { fail(error); }
  if (asked !== state.metrics.join()) return;
  dimensions = found;
  drawDimensions();
  drawConditions();
}

async function ask(url, show) {
  if (running) running.abort();
  const mine = new AbortController();
  running = mine;
  clearResults();
  if (!state.metrics.length) { say("Pick at least one metric."); return; }
  say("Running…");
  byId("stop").disabled = false;
  form.setAttribute("aria-busy", "true");
  try {
    show(await post(url, toQuery(state), mine.signal));
    say("");
  } catch (error) {
    say(error.name === "AbortError" ? "Stopped." : "");
    fail(error);
  } finally {
    if (running === mine) { running = null; byId("stop").disabled = true; form.removeAttribute("aria-busy"); }
  }
}

const run = () => ask(urls.queryUrl, (answer) => showAnswer(answer, state.metrics));
const compile = () => ask(urls.sqlUrl, (answer) => showSql(answer.sql, true));

function listen() {
  let typing = 0;
  form.elements.metric_search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => loadMetrics().catch(fail), 200);
  });
  form.elements.dimension_search.addEventListener("input", drawDimensions);
  form.elements.category.addEventListener("change", () => {
    state = { ...state, category: form.elements.category.value, metrics: [], by: [], where: [], order: "" };
    remember();
    Promise.all([loadMetrics(), loadDimensions()]).catch(fail);
  });
  for (const name of ["from", "to", "limit"]) {
    form.elements[name].addEventListener("change", () => { state[name] = form.elements[name].value; remember(); });
  }
  for (const name of ["order", "direction"]) {
    form.elements[name].addEventListener("change", () => {
      state.order = form.elements.order.value && form.elements.direction.value + form.elements.order.value;
      remember();
    });
  }
  byId("add-condition").addEventListener("click", () => {
    state.where.push({ field: "", op: "=", text: "" });
    drawConditions();
    byId("conditions").lastElementChild.querySelector("select").focus();
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); if (mayRun) run(); });
  byId("stop").addEventListener("click", () => { if (running) running.abort(); });
  byId("show-sql").addEventListener("click", compile);
  byId("copy-link").addEventListener("click", async () => {
    try { await navigator.clipboard.writeText(location.href); say("The link is in the clipboard."); }
    catch { say("Copy the address of this page: it holds all that is picked."); }
  });
}

async function start() {
  form.elements.category.value = state.category;
  for (const name of ["from", "to", "limit"]) form.elements[name].value = state[name];
  listen();
  await Promise.all([loadMetrics(), loadDimensions()]);
  if (state.metrics.length) await (mayRun ? run() : compile());
}

start().catch(fail);
