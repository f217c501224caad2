// The answer on the page: chart, table, SQL, receipt.

import { draw, formatted, numberOf, shortMoment } from "./chart.js";
import { element } from "../stewards/http.js";

const MOST_ROWS = 500;
const byId = (id) => document.getElementById(id);
const DAY = /^\d{4}-\d{2}-\d{2}T00:00:00(\.0+)?Z?$/;
const NUMERIC = /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|U|DECIMAL|DOUBLE|FLOAT|INT|LONG|REAL)/;

export function clearResults() {
  for (const id of ["chart-card", "table-card", "sql-card", "receipt-card"]) byId(id).classList.add("sl-hidden");
  byId("problem").replaceChildren();
}

export function showSql(sql, open) {
  byId("sql").textContent = sql;
  byId("sql-card").classList.remove("sl-hidden");
  if (open) byId("sql-card").open = true;
}

// A cell as people read it; what that leaves out is in its title.
function cellOf(value, isNumber, isDay) {
  const cell = (text, title) => element("td", { class: isNumber ? "sl-number" : "", ...(title ? { title } : {}) }, text);
  if (value === null || value === undefined) return cell(element("span", { class: "sl-muted" }, "null"));
  if (typeof value === "object") return cell(JSON.stringify(value));
  const whole = String(value);
  const number = isNumber && !Number.isInteger(Number(value)) ? numberOf(value) : null;
  const short = isDay ? shortMoment(whole) : number === null ? whole : formatted(number, true);
  return cell(short, short === whole ? "" : whole);
}

function showTable(answer) {
  const isNumber = answer.columns.map((_, place) => NUMERIC.test(answer.column_types[place]));
  const isDay = answer.columns.map((name) => answer.rows.every((row) => row[name] === null || DAY.test(row[name])));
  const head = answer.columns.map((name, place) => element("th", { scope: "col", class: isNumber[place] ? "sl-number" : "" }, name));
  const rows = answer.rows.slice(0, MOST_ROWS).map((row) =>
    element("tr", {}, ...answer.columns.map((name, place) => cellOf(row[name], isNumber[place], isDay[place]))));
  byId("table").replaceChildren(element("table", { class: "sl-table" },
    element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows)));
  const notes = [`${answer.row_count} row${answer.row_count === 1 ? "" : "s"} in ${Math.round(answer.execution_time_ms)} ms`];
  if (answer.cached) notes.push("from the cache");
  if (answer.truncated) notes.push("more rows exist: raise the limit");
  if (answer.row_count > MOST_ROWS) notes.push(`the first ${MOST_ROWS} are shown`);
  byId("table-note").textContent = `${notes.join(", ")}.`;
  byId("table-card").classList.remove("sl-hidden");
}

function showChart(answer, metrics) {
  const found = metrics.filter((name) => answer.columns.includes(name));
  const groups = answer.columns.filter((name) => !found.includes(name));
  const choice = byId("chart-metric");
  choice.replaceChildren(...found.map((name) => element("option", { value: name }, name)));
  const redraw = () => {
    byId("chart-card").classList.remove("sl-hidden"); // what is hidden has no width to draw for
    const any = answer.rows.length > 0 && draw(byId("chart"), answer, choice.value, groups);
    byId("chart-card").classList.toggle("sl-hidden", !any);
  };
  choice.onchange = redraw;
  if (found.length && groups.length) redraw();
  else byId("chart-card").classList.add("sl-hidden");
}

export function showAnswer(answer, metrics) {
  showTable(answer);
  showChart(answer, metrics);
  showSql(answer.sql, false);
  byId("receipt").textContent = JSON.stringify(answer.receipt, null, 2);
  byId("receipt-card").classList.remove("sl-hidden");
}
