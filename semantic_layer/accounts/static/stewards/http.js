// Requests to the pages' own JSON views, and small helpers for building elements without markup.

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "class") made.className = value;
    else if (name in made && typeof value !== "string") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export class Refused extends Error {
  constructor(body) {
    super(body.detail || "That did not work.");
    this.body = body;
  }
}

async function answerOf(response) {
  const type = response.headers.get("content-type") || "";
  if (!type.includes("application/json")) {
    throw new Refused({ detail: "Your session has ended: reload the page and sign in again." });
  }
  const body = await response.json();
  if (!response.ok) throw new Refused(body);
  return body;
}

export async function get(url, parameters) {
  const query = new URLSearchParams(parameters);
  return answerOf(await fetch(`${url}?${query}`, { headers: { Accept: "application/json" } }));
}

export async function post(url, body, signal) {
  const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  return answerOf(await fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal }));
}

// The error as the API tells it: message, code, where, and what would work.
export function errorBox(error) {
  const body = error instanceof Refused ? error.body : { detail: String(error.message || error) };
  const details = body.details || {};
  const lines = [element("p", {}, element("strong", {}, body.detail))];
  for (const [field, messages] of Object.entries(body.field_errors || {})) {
    lines.push(element("p", {}, `${field}: ${[].concat(messages).join(" ")}`));
  }
  for (const item of details.errors || []) {
    if (item.message !== body.detail) lines.push(element("p", {}, `${item.path}: ${item.message}`));
  }
  if (details.suggestions) {
    lines.push(element("p", {}, `Did you mean ${[].concat(details.suggestions).join(", ")}?`));
  }
  if (body.error_code) {
    const place = body.request_id ? ` · request ${body.request_id}` : "";
    lines.push(element("p", { class: "sl-muted" }, element("code", {}, body.error_code), place));
  }
  return element("div", { class: "sl-note sl-bad", role: "alert" }, ...lines);
}
