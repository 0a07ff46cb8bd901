// JSON that keeps numbers as they were written: a 64-bit integer is more than a number of JavaScript can hold.

const exact = typeof JSON.rawJSON === "function";

export const isNumber = (value) => typeof value === "number" || (exact && JSON.isRawJSON(value));

/** A text that spells a number, as a value that is written the same again. */
export const number = (text) => (exact && String(Number(text)) !== text ? JSON.rawJSON(text) : Number(text));

export const parse = (text) =>
  JSON.parse(text, (key, value, context) =>
    typeof value === "number" && context?.source !== undefined ? number(context.source) : value);

export const plain = (value) => JSON.stringify(value);

/** A scalar as a field shows it. */
export const shown = (value) =>
  value === null || value === undefined ? "" : typeof value === "string" ? value : plain(value);

/** JSON with one line for what is short, so that a row of a table stays a row. */
export function pretty(value, indent = "") {
  const short = plain(value);
  if (value === null || typeof value !== "object" || isNumber(value)) return short;
  if (short.length + indent.length <= 76) return spaced(value);
  const inner = indent + "  ";
  if (Array.isArray(value)) {
    const scalars = value.every((item) => item === null || typeof item !== "object" || isNumber(item));
    const items = scalars ? filled(value.map(plain), inner) : value.map((item) => inner + pretty(item, inner)).join(",\n");
    return `[\n${items}\n${indent}]`;
  }
  const items = Object.entries(value).map(([key, item]) => `${inner}${plain(key)}: ${pretty(item, inner)}`);
  return `{\n${items.join(",\n")}\n${indent}}`;
}

function spaced(value) {
  if (value === null || typeof value !== "object" || isNumber(value)) return plain(value);
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  return `{${Object.entries(value).map(([key, item]) => `${plain(key)}: ${spaced(item)}`).join(", ")}}`;
}

/** Many scalars, as many on a line as there is room for. */
function filled(texts, indent) {
  const lines = [];
  let line = indent;
  texts.forEach((text, place) => {
    const item = text + (place < texts.length - 1 ? "," : "");
    if (line.length + item.length > 76 && line !== indent) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += item + " ";
  });
  return [...lines, line.trimEnd()].join("\n");
}
