// The answer on the page: a table where it is one, else JSON or text.

import { make } from "./fields.js";
import { isNumber, parse, pretty, shown } from "./json.js";

const MOST = 200; // rows of a table; the JSON below it has all

const isScalar = (value) => value === null || typeof value !== "object" || isNumber(value);

export const isStream = (type) => type.includes("ndjson") || type.includes("event-stream");

/** The elements that show an answer's text. */
export function render(text, type) {
  if (!type.includes("json") || isStream(type)) return [make("pre", { class: "code" }, text)];
  let value;
  try {
    value = parse(text);
  } catch {
    return [make("pre", { class: "code" }, text)];
  }
  if (value?.error_code) return [make("p", { class: "code bad" }, make("strong", {}, value.error_code), "\n", String(value.message))];
  const found = value?.predictions !== undefined ? value.predictions : value?.outputs ?? value;
  const table = tableOf(found);
  const raw = make("pre", { class: "code", tabindex: "0" }, pretty(value));
  if (!table) return [raw];
  return [table, make("details", {}, make("summary", {}, "As JSON"), raw)];
}

function tableOf(value) {
  if (!Array.isArray(value) || !value.length) return null;
  if (value.every(isScalar)) return table(["prediction"], value.map((item) => [item]));
  if (value.every((row) => row !== null && typeof row === "object" && !Array.isArray(row) && !isNumber(row))) {
    const names = [...new Set(value.flatMap(Object.keys))];
    return table(names, value.map((row) => names.map((name) => row[name])));
  }
  if (value.every((row) => Array.isArray(row) && row.every(isScalar) && row.length <= 50)) {
    const width = Math.max(...value.map((row) => row.length));
    return table(Array.from({ length: width }, (_, place) => String(place)), value);
  }
  return null;
}

function table(names, rows) {
  const cell = (value) => make("td", { class: isNumber(value) ? "number" : undefined }, value === null ? "null" : isScalar(value) ? shown(value) : pretty(value));
  const head = make("tr", {}, make("th", { scope: "col" }, "row"), ...names.map((name) => make("th", { scope: "col" }, name)));
  const body = rows.slice(0, MOST).map((row, place) => make("tr", {}, make("th", { scope: "row" }, String(place)), ...row.map(cell)));
  const found = make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
  if (rows.length > MOST) found.append(make("caption", {}, `The first ${MOST} of ${rows.length} rows`));
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Predictions" }, found);
}
