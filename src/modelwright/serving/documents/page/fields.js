// Fields: one for each value that a schema describes, with the value it holds.

import { isNumber, number, parse, pretty, shown } from "./json.js";

/** An element; attributes and texts only, so that nothing in the data is ever read as HTML. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
let made = 0;

export const typesOf = (schema) => [schema.type ?? []].flat();
export const isScalar = (schema) => {
  const [type] = typesOf(schema);
  return type !== undefined && type !== "array" && type !== "object";
};

/** What a schema's type is called. */
export function typeName(schema) {
  const [type] = typesOf(schema);
  if (type === "array") {
    const shape = [];
    for (; typesOf(schema)[0] === "array"; schema = schema.items ?? {}) shape.push(schema.minItems ?? "n");
    return `${typeName(schema)} [${shape.join(" × ")}]`;
  }
  if (schema.contentEncoding === "base64") return "bytes as base64";
  return schema.format ?? type ?? "any JSON";
}

/** One labelled field. `read` gives its value, undefined where it is left empty and may be. */
export function field({ name, schema, value, required, changed }) {
  const id = `f${(made += 1)}`;
  const control = controlOf(schema, value, required);
  control.id = id;
  control.dataset.name = name;
  const check = () => control.setAttribute("aria-invalid", String(!fits(control, schema, required)));
  control.addEventListener("input", () => {
    check();
    changed();
  });
  check();
  const text = make("span", { class: "name" }, name);
  if (required) text.append(make("span", { class: "star", title: "required", "aria-hidden": "true" }, "*"));
  const label = make("label", { for: id }, text, make("span", { class: "type" }, typeName(schema)));
  const box = make("div", { class: isScalar(schema) ? "field" : "field whole" }, label, control);
  if (schema.contentEncoding === "base64") box.append(picker(control, name));
  if (required) control.setAttribute("aria-required", "true");
  return { box, read: () => valueOf(control, schema, required) };
}

function controlOf(schema, value, required) {
  const [type] = typesOf(schema);
  if (type === "boolean" || schema.enum) {
    const choices = (schema.enum ?? [true, false]).map(shown);
    const select = make("select", {}, ...(required ? [] : [make("option", { value: "" }, "—")]));
    if (value !== undefined && value !== null && !choices.includes(shown(value))) choices.push(shown(value));
    select.append(...choices.map((choice) => make("option", { value: choice }, choice)));
    select.value = value === undefined || value === null ? (required ? choices[0] : "") : shown(value);
    return select;
  }
  if (!isScalar(schema)) {
    const area = make("textarea", { rows: 3, spellcheck: "false", class: "code" });
    area.value = value === undefined ? "" : pretty(value);
    return area;
  }
  const text = schema.contentEncoding ? shown(value).trim() : shown(value); // old base64 ends its line
  if (type === "string" && !schema.format && (text.length > 60 || text.includes("\n"))) {
    const area = make("textarea", { rows: 3 });
    area.value = text;
    return area;
  }
  const numeric = type === "integer" ? "numeric" : type === "number" ? "decimal" : undefined;
  const input = make("input", { type: "text", inputmode: numeric, placeholder: hint(schema, required), spellcheck: "false" });
  input.value = text;
  return input;
}

function hint(schema, required) {
  if (schema.default !== undefined) return shown(schema.default);
  if (schema.format === "date-time") return "2024-01-31T12:00:00";
  return required ? undefined : "missing";
}

function valueOf(control, schema, required) {
  const text = control.value;
  const [type] = typesOf(schema);
  if (text === "" && (!required || type !== "string")) return undefined;
  if (type === "string") return text;
  if (type === "boolean") return text === "true" ? true : text === "false" ? false : text;
  if (type === "integer" || type === "number") return NUMBER.test(text.trim()) ? number(text.trim()) : text;
  try {
    return parse(text);
  } catch {
    return text;
  }
}

/** Whether the value is of its type; the server has the last word on all else. */
function fits(control, schema, required) {
  const value = valueOf(control, schema, required);
  if (value === undefined) return !required;
  const [type] = typesOf(schema);
  if (type === "integer" || type === "number") {
    if (!isNumber(value)) return false;
    const near = Number(shown(value));
    const limit = (bound, none) => (bound === undefined ? none : Number(shown(bound)));
    const inside = near >= limit(schema.minimum, -Infinity) && near <= limit(schema.maximum, Infinity);
    return inside && (type === "number" || Number.isInteger(near));
  }
  if (isScalar(schema)) return type !== "boolean" || typeof value === "boolean";
  return typeof value !== "string" || type === undefined;
}

/** A chooser of a file whose bytes become the field's base64. */
function picker(control, name) {
  return make("input", {
    type: "file",
    "aria-label": `A file for ${name}`,
    onchange: async (event) => {
      const [file] = event.target.files;
      if (!file) return;
      const bytes = new Uint8Array(await file.arrayBuffer());
      let text = "";
      for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
      control.value = btoa(text);
      control.dispatchEvent(new Event("input"));
    },
  });
}
