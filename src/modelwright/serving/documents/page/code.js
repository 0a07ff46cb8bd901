// The request as a program of one's own would send it.

import { plain, pretty } from "./json.js";

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

export function curl(address, text) {
  return `curl -sS ${quoted(address)} \\\n  -H 'Content-Type: application/json' \\\n  -d ${quoted(text)}`;
}

export function python(address, body, bare) {
  return [
    "import json",
    "from urllib.request import Request, urlopen",
    "",
    `address = ${plain(address)}`,
    `body = ${literal(body)}`,
    "request = Request(address, json.dumps(body).encode())",
    'request.add_header("Content-Type", "application/json")',
    "with urlopen(request) as answer:",
    `    print(json.load(answer)${bare ? "" : '["predictions"]'})`,
  ].join("\n");
}

/** A JSON value as Python writes it, laid out like the JSON beside it. */
function literal(value) {
  const words = { true: "True", false: "False", null: "None" };
  // a text first, so that a word inside one stays as it is
  return pretty(value).replace(/"(?:[^"\\]|\\.)*"|\b(?:true|false|null)\b/g, (found) => words[found] ?? unpaired(found));
}

/** JSON's escapes are Python's too, but for two halves of one character, which Python takes apart. */
const unpaired = (text) => text.replace(/\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}/g, (pair) => JSON.parse(`"${pair}"`));
