// A chart of an answer as inline SVG: lines over a time, bars over anything else.

const NS = "http://www.w3.org/2000/svg";
const WIDEST = 760;
const NARROWEST = 340;
const HEIGHT = 300;
const EDGE = { left: 64, right: 14, top: 12, bottom: 46 };
const MOST_SERIES = 8;
const MOST_BARS = 30;
const TIME = /__(second|minute|hour|day|week|month|quarter|year)$/;

function svg(tag, attributes, text) {
  const made = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

export function numberOf(value) {
  if (value === null || value === undefined || value === "" || typeof value === "boolean") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

// "2013-01-01" of "2013-01-01T00:00:00".
export function shortMoment(text) {
  return text.replace(/T00:00:00(\.0+)?Z?$/, "");
}

export function formatted(number, isCell = false) {
  const size = Math.abs(number);
  if (isCell && size > 0 && size < 0.001) return number.toPrecision(3);
  if (size >= 1e6 && !isCell) return new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 }).format(number);
  return new Intl.NumberFormat("en", { maximumFractionDigits: size < 10 ? 4 : 2 }).format(number);
}

// Tick values at round numbers, from below the least to above the most.
export function ticksOf(least, most, count = 5) {
  if (least === most) { least = Math.min(0, least); most = Math.max(most, least + 1); }
  const rough = (most - least) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const ticks = [];
  for (let at = Math.floor(least / step); at <= Math.ceil(most / step); at += 1) {
    ticks.push(Number((at * step).toPrecision(12)));
  }
  return ticks;
}

// What the chart shows of the rows: labels along the axis, and one list of values per series.
export function shapeOf(answer, metric, groups) {
  const time = groups.find((name) => name === "metric_time" || TIME.test(name));
  const axis = time || groups[0];
  const others = groups.filter((name) => name !== axis);
  const labelOf = (value) => (value === null || value === undefined ? "(none)" : String(value));
  const labels = [];
  const places = new Map();
  const series = new Map();
  const rows = axis ? [...answer.rows] : answer.rows.slice(0, 1);
  if (time) rows.sort((a, b) => (labelOf(a[axis]) < labelOf(b[axis]) ? -1 : 1));
  for (const row of rows) {
    const label = axis ? labelOf(row[axis]) : metric;
    if (!places.has(label)) { places.set(label, labels.length); labels.push(label); }
    const name = others.map((other) => labelOf(row[other])).join(" · ") || metric;
    if (!series.has(name)) series.set(name, []);
    series.get(name)[places.get(label)] = numberOf(row[metric]);
  }
  const bySize = [...series].map(([name, values]) => ({ name, values }));
  const sum = (one) => one.values.reduce((total, value) => total + Math.abs(value || 0), 0);
  bySize.sort((a, b) => sum(b) - sum(a));
  const most = time ? labels.length : MOST_BARS;
  return {
    isTime: Boolean(time), axis: axis || "", labels: labels.slice(0, most), series: bySize.slice(0, MOST_SERIES),
    leftOut: { series: Math.max(bySize.length - MOST_SERIES, 0), labels: Math.max(labels.length - most, 0) },
  };
}

function axes(chart, ticks, y, shape, x, width) {
  for (const tick of ticks) {
    const at = y(tick);
    chart.append(svg("line", { x1: EDGE.left, x2: width - EDGE.right, y1: at, y2: at, class: "sl-chart-grid" }));
    chart.append(svg("text", { x: EDGE.left - 8, y: at + 4, "text-anchor": "end" }, formatted(tick)));
  }
  const every = Math.ceil(shape.labels.length / Math.max(Math.floor((width - EDGE.left - EDGE.right) / 92), 1));
  shape.labels.forEach((label, place) => {
    if (place % every) return;
    const short = shape.isTime ? shortMoment(label) : label;
    const text = short.length > 12 ? `${short.slice(0, 11)}…` : short;
    chart.append(svg("text", { x: x(place), y: HEIGHT - EDGE.bottom + 20, "text-anchor": "middle" }, text));
  });
}

function lines(chart, shape, x, y) {
  shape.series.forEach((one, number) => {
    let path = "";
    let isOpen = false;
    shape.labels.forEach((_, place) => {
      const value = one.values[place];
      if (value === null || value === undefined) { isOpen = false; return; }
      path += `${isOpen ? "L" : "M"}${x(place).toFixed(1)} ${y(value).toFixed(1)}`;
      isOpen = true;
      const dot = svg("circle", { cx: x(place), cy: y(value), r: shape.labels.length > 60 ? 1.5 : 3, class: `sl-fill-${number}` });
      dot.append(svg("title", {}, `${one.name}, ${shape.labels[place]}: ${formatted(value)}`));
      chart.append(dot);
    });
    chart.append(svg("path", { d: path, class: `sl-line sl-stroke-${number}` }));
  });
}

function bars(chart, shape, x, y, step) {
  const width = (step * 0.8) / shape.series.length;
  shape.series.forEach((one, number) => {
    shape.labels.forEach((label, place) => {
      const value = one.values[place];
      if (value === null || value === undefined) return;
      const [top, bottom] = [y(Math.max(value, 0)), y(Math.min(value, 0))];
      const left = x(place) - step * 0.4 + number * width;
      const bar = svg("rect", { x: left, y: top, width: Math.max(width - 1, 1), height: Math.max(bottom - top, 1), class: `sl-fill-${number}` });
      bar.append(svg("title", {}, `${one.name}, ${label}: ${formatted(value)}`));
      chart.append(bar);
    });
  });
}

function legend(shape) {
  const list = document.createElement("ul");
  list.className = "sl-legend";
  shape.series.forEach((one, number) => {
    const item = document.createElement("li");
    const mark = document.createElement("span");
    mark.className = `sl-mark sl-mark-${number}`;
    item.append(mark, one.name);
    list.append(item);
  });
  return list;
}

// Draw into the place; false where there is nothing to draw.
export function draw(place, answer, metric, groups) {
  place.replaceChildren();
  const shape = shapeOf(answer, metric, groups);
  const values = shape.series.flatMap((one) => one.values).filter((value) => value !== null && value !== undefined);
  if (!values.length) return false;
  const ticks = ticksOf(shape.isTime ? Math.min(...values) : Math.min(0, ...values), Math.max(...values, shape.isTime ? -Infinity : 0));
  const [low, high] = [ticks[0], ticks[ticks.length - 1]];
  const width = Math.min(Math.max(place.clientWidth, NARROWEST), WIDEST);
  const inner = { width: width - EDGE.left - EDGE.right, height: HEIGHT - EDGE.top - EDGE.bottom };
  const y = (value) => EDGE.top + inner.height * (1 - (value - low) / (high - low));
  const step = inner.width / Math.max(shape.labels.length, 1);
  const x = (at) => EDGE.left + step * (at + 0.5);
  const about = `${metric}${shape.axis ? ` by ${shape.axis}` : ""}: ${values.length} values from ${formatted(Math.min(...values))} to ${formatted(Math.max(...values))}. The table has them all.`;
  const chart = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, class: "sl-chart", role: "img", "aria-label": about });
  axes(chart, ticks, y, shape, x, width);
  if (shape.isTime) lines(chart, shape, x, y);
  else bars(chart, shape, x, y, step);
  place.append(chart);
  if (shape.series.length > 1) place.append(legend(shape));
  const { series, labels } = shape.leftOut;
  if (series || labels) {
    const note = document.createElement("p");
    note.className = "sl-muted";
    note.textContent = `The chart leaves out ${[series && `${series} smaller series`, labels && `${labels} more values`].filter(Boolean).join(" and ")}; the table has them.`;
    place.append(note);
  }
  return true;
}
