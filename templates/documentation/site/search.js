// Search over the entries that stand in the page (search.json holds the same for other programs).
"use strict";
(() => {
  const entries = JSON.parse(document.getElementById("entries").textContent);
  const [field, count, hits, models] = ["search", "count", "hits", "models"].map((id) => document.getElementById(id));
  const most = 50;

  // All words must occur; a hit in the title is worth more than one in the description.
  function scoreOf(entry, words) {
    let score = 0;
    for (const word of words) {
      const title = `${entry.title} ${entry.name}`.toLowerCase();
      if (title.startsWith(word)) score += 4;
      else if (title.includes(word)) score += 3;
      else if (entry.words.toLowerCase().includes(word)) score += 2;
      else if (entry.text.toLowerCase().includes(word)) score += 1;
      else return 0;
    }
    return score + (entry.kind === "metric" || entry.kind === "model" ? 0.5 : 0);
  }

  function line(entry) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = entry.url;
    link.textContent = entry.title;
    const about = document.createElement("span");
    about.className = "about";
    about.textContent = ` ${entry.kind} · ${entry.name}`;
    const text = document.createElement("div");
    text.textContent = entry.text;
    item.append(link, about, text);
    return item;
  }

  function show() {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    hits.hidden = !words.length;
    models.hidden = Boolean(words.length);
    const found = entries.map((entry) => [scoreOf(entry, words), entry]).filter(([score]) => words.length && score > 0);
    found.sort((a, b) => b[0] - a[0] || (a[1].title < b[1].title ? -1 : 1));
    hits.replaceChildren(...found.slice(0, most).map(([, entry]) => line(entry)));
    count.textContent = words.length ? `${found.length} found` : "";
  }

  field.addEventListener("input", show);
})();
