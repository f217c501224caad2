// One line of YAML as coloured pieces. Colours only: what it means is the service's to say.

const RULES = [
  ["comment", /#.*$/y],
  ["string", /"(?:\\.|[^"\\])*"?|'(?:''|[^'])*'?/y],
  ["jinja", /\{\{.*?\}\}/y],
  ["key", /[A-Za-z_][\w.-]*(?=\s*:(?:\s|$))/y],
  ["number", /-?\d+(?:\.\d+)?(?![\w.-])/y],
  ["word", /(?:true|false|null|~)(?![\w-])/y],
  ["mark", /[-:,[\]{}|>&*!]/y],
  ["plain", /[A-Za-z_][^\s:,[\]{}#]*|\s+|./y],
];

// Pieces [kind, text] that together are the line.
export function piecesOf(line) {
  const found = [];
  let at = 0;
  while (at < line.length) {
    for (const [kind, rule] of RULES) {
      rule.lastIndex = at;
      const match = rule.exec(line);
      if (!match || !match[0]) continue;
      // A number sign inside a word is no comment.
      if (kind === "comment" && at > 0 && !/\s/.test(line[at - 1])) continue;
      found.push([kind, match[0]]);
      at = rule.lastIndex;
      break;
    }
  }
  return found;
}

// The line as an element; from `column` (counted from 1) on, a piece is underlined.
export function paintedLine(line, column) {
  const row = document.createElement("span");
  let at = 1;
  let isTold = column === undefined;
  for (const [kind, text] of piecesOf(line)) {
    const piece = document.createElement("span");
    piece.className = `sl-y-${kind}`;
    piece.textContent = text;
    at += text.length;
    if (!isTold && at > column && text.trim()) {
      piece.classList.add("sl-y-wrong");
      isTold = true;
    }
    row.append(piece);
  }
  if (!isTold) row.classList.add("sl-y-wrong");
  row.append("\n");
  return row;
}
