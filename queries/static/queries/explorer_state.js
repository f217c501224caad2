// What is picked, as an address that can be shared and as the body of a metric query.

export const WITHOUT_VALUE = ["is_null", "not_null"];
const SEVERAL = ["in", "not_in", "between"];

export function emptyState() {
  return { category: "production", metrics: [], by: [], where: [], from: "", to: "", order: "", limit: "1000" };
}

const list = (text) => (text || "").split(",").map((name) => name.trim()).filter(Boolean);

export function fromAddress(search) {
  const query = new URLSearchParams(search);
  const state = { ...emptyState(), metrics: list(query.get("metrics")), by: list(query.get("by")) };
  for (const key of ["category", "from", "to", "order", "limit"]) {
    if (query.has(key)) state[key] = query.get(key);
  }
  // One condition per `where`: field, operator and text, the text last since it may hold anything.
  state.where = query.getAll("where").map((text) => {
    const [field, op, ...rest] = text.split(" ");
    return { field, op: op || "=", text: rest.join(" ") };
  });
  return state;
}

export function toAddress(state) {
  const query = new URLSearchParams();
  if (state.category !== "production") query.set("category", state.category);
  if (state.metrics.length) query.set("metrics", state.metrics.join(","));
  if (state.by.length) query.set("by", state.by.join(","));
  for (const one of state.where) if (one.field) query.append("where", `${one.field} ${one.op} ${one.text}`.trimEnd());
  for (const key of ["from", "to", "order"]) if (state[key]) query.set(key, state[key]);
  if (state.limit !== "1000") query.set("limit", state.limit);
  return String(query);
}

// 5 is a number, "05" in quotes and anything else a text.
function valueOf(text) {
  const trimmed = text.trim();
  if (/^".*"$/.test(trimmed)) return trimmed.slice(1, -1);
  if (trimmed !== "" && String(Number(trimmed)) === trimmed) return Number(trimmed);
  return trimmed;
}

// Commas separate values, but not inside quotes.
function valuesOf(text) {
  return (text.match(/"[^"]*"|[^,]+/g) || []).filter((part) => part.trim()).map(valueOf);
}

function condition(one) {
  if (WITHOUT_VALUE.includes(one.op)) return { field: one.field, op: one.op };
  const value = SEVERAL.includes(one.op) ? valuesOf(one.text) : valueOf(one.text);
  return { field: one.field, op: one.op, value };
}

export function toQuery(state) {
  const body = { category: state.category, metrics: state.metrics, group_by: state.by };
  const where = state.where.filter((one) => one.field).map(condition);
  if (where.length) body.where = where;
  if (state.order) body.order_by = [state.order];
  if (state.limit) body.limit = Number(state.limit);
  const range = {};
  if (state.from) range.start = state.from;
  if (state.to) range.end = state.to;
  if (Object.keys(range).length) body.time_range = range;
  return body;
}
