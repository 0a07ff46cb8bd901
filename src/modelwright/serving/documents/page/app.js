// The page: what is chosen, the fields and the JSON kept alike, and the question sent.

import { isStream, render } from "./answer.js";
import { fromBody, toBody } from "./body.js";
import { curl, python } from "./code.js";
import { field, isScalar, make } from "./fields.js";
import { parse, plain, pretty } from "./json.js";

const at = (id) => document.getElementById(id);
const base = new URL(".", location.href);
const MOST_FIELDS = 1500; // beyond it the fields would be slower than the JSON
const NAMES = { "": "bare" };
const ORIGINS = {
  example: "The example stored with the model.",
  signature: "Made from the signature; the model has no example.",
  nowhere: "This model has neither a signature nor an example, so what it takes is not known.",
};

let spec;
let model; // what x-models says of the chosen one
let state; // { form, data, params } as the fields show it; data is undefined where they cannot
let columns = []; // [label, schema, required]
let paramSchemas = [];
let pending;

const resolve = (schema) => (schema?.$ref ? resolve(schema.$ref.slice(2).split("/").reduce((found, key) => found[key], spec)) : schema ?? {});
const shared = (name) => (model.names[name] ? resolve({ $ref: model.names[name] }) : null);
const path = () => `${model.prefix}/${at("method").value}`;
const address = () => new URL(`.${path()}`, base).href;
const operation = () => spec.paths[path()].post;
const examples = () => resolve(operation().requestBody).content["application/json"].examples ?? {};

async function start() {
  try {
    const answer = await fetch(new URL("openapi.json", base));
    if (!answer.ok) throw new Error(`openapi.json: ${answer.status} ${answer.statusText}`);
    spec = await answer.text().then(parse);
  } catch (error) {
    at("trouble").textContent = `The service's description cannot be read. ${error.message}`;
    at("trouble").hidden = false;
    return;
  }
  document.title = `${spec.info.title}: try it`;
  at("model").append(...spec["x-models"].map((one, place) => make("option", { value: place }, one.name)));
  at("model").parentElement.hidden = spec["x-models"].length < 2;
  chooseModel();
}

function chooseModel() {
  model = spec["x-models"][Number(at("model").value)];
  const methods = model.methods.map((name) => [name === "predict" ? "invocations" : `invocations/${name}`, name]);
  at("method").replaceChildren(...[...methods, ["score", "score (Azure ML)"]].map(([value, text]) => make("option", { value }, text)));
  at("form").replaceChildren(...model.forms.map((form) => make("option", { value: form }, NAMES[form] ?? form)));
  at("title").textContent = model.name;
  at("about").textContent = [model.version && `Version ${model.version}`, model.flavors.join(", ")].filter(Boolean).join(" · ");
  at("origin").textContent = ORIGINS[model.example];
  const record = shared("Record");
  columns = record ? Object.entries(record.properties).map(([name, schema]) => [name, resolve(schema), record.required?.includes(name) ?? false]) : columnsOf();
  const params = shared("Params");
  paramSchemas = params ? Object.entries(params.properties).map(([name, schema]) => [name, resolve(schema), false]) : [];
  reset();
}

/** The fields of data without named columns: its tensors, or the values of its only column. */
function columnsOf() {
  const inputs = resolve(shared("Inputs")?.properties.inputs);
  if (model.takes === "tensors") return Object.entries(inputs.properties).map(([name, schema]) => [name, schema, true]);
  if (model.takes === "tensor") return [["inputs", inputs, true]];
  return model.takes === "values" ? [["value", resolve(inputs.items), true]] : [];
}

function reset() {
  at("json").value = pretty(Object.values(examples())[0]?.value ?? {});
  fromJson();
}

/** The JSON was changed: the fields follow where they can. */
function fromJson() {
  let body;
  let trouble = "";
  try {
    body = parse(at("json").value);
  } catch (error) {
    trouble = `Not JSON yet: ${error.message}`;
  }
  at("json-trouble").textContent = trouble;
  at("json").setAttribute("aria-invalid", String(Boolean(trouble)));
  const facts = { takes: model.takes, labels: columns.map(([name]) => name), paramNames: paramSchemas.map(([name]) => name) };
  const found = trouble || model.takes === "anything" ? null : fromBody(body, facts);
  if (found) at("form").value = found.form;
  state = found ?? { form: at("form").value, data: undefined, params: body?.params ?? {} };
  showFields(trouble);
  showCode();
}

/** The fields were changed: the JSON follows. */
function fromFields() {
  state.data = readData();
  state.params = readParams();
  at("json").value = pretty(body());
  at("json-trouble").textContent = "";
  at("json").setAttribute("aria-invalid", "false");
  showCode();
}

const body = () =>
  toBody({ ...state, takes: model.takes, labels: columns.map(([name]) => name), scalar: columns.every(([, schema]) => isScalar(schema)) });

let readData = () => undefined;
let readParams = () => ({});

function showFields(trouble) {
  const rows = model.takes === "records" || model.takes === "values" ? state.data ?? [] : [];
  const many = rows.length * columns.length > MOST_FIELDS;
  const hidden = state.data === undefined || many;
  at("stale").hidden = !hidden;
  at("stale").textContent = trouble
    ? "The fields wait until the request is JSON again."
    : many
      ? `${rows.length} rows are too many for fields; change them in the request.`
      : "There are no fields for this request; change it as JSON.";
  at("fields").inert = at("params-box").inert = Boolean(trouble);
  at("add").hidden = hidden || !(model.takes === "records" || model.takes === "values");
  at("form").disabled = state.data === undefined;
  if (trouble) return;
  readData = hidden ? () => state.data : model.takes.startsWith("tensor") ? tensorFields() : rowFields(rows);
  if (hidden) at("fields").replaceChildren();
  showParams();
}

function rowFields(rows) {
  const all = rows.map((row, place) => {
    const single = model.takes === "values";
    const fields = columns.map(([name, schema, required]) => [
      name,
      field({ name, schema, required, value: single ? row : row[name], changed: fromFields }),
    ]);
    const others = single ? {} : Object.fromEntries(Object.entries(row).filter(([key]) => !columns.some(([name]) => name === key)));
    const drop = make("button", { type: "button", class: "quiet", "aria-label": `Remove row ${place}`, onclick: () => change((data) => data.toSpliced(place, 1)) }, "Remove");
    const head = make("legend", {}, `Row ${place}`);
    const box = make("fieldset", {}, head, ...(rows.length > 1 ? [drop] : []), make("div", { class: "grid" }, ...fields.map(([, one]) => one.box)));
    const read = () => (single ? fields[0][1].read() ?? null : { ...Object.fromEntries(fields.map(([name, one]) => [name, one.read() ?? null])), ...others });
    return { box, read };
  });
  at("fields").replaceChildren(...all.map((one) => one.box));
  return () => all.map((one) => one.read());
}

function tensorFields() {
  const named = model.takes === "tensors";
  const all = columns.map(([name, schema, required]) => [
    name,
    field({ name, schema, required, value: named ? state.data[name] : state.data, changed: fromFields }),
  ]);
  at("fields").replaceChildren(make("div", { class: "grid" }, ...all.map(([, one]) => one.box)));
  return () => (named ? Object.fromEntries(all.map(([name, one]) => [name, one.read() ?? []])) : all[0][1].read() ?? []);
}

function showParams() {
  at("params-box").hidden = !paramSchemas.length;
  const all = paramSchemas.map(([name, schema, required]) => [name, field({ name, schema, required, value: state.params[name], changed: fromFields })]);
  at("params").replaceChildren(make("div", { class: "grid" }, ...all.map(([, one]) => one.box)));
  const others = Object.fromEntries(Object.entries(state.params).filter(([key]) => !paramSchemas.some(([name]) => name === key)));
  readParams = () => Object.fromEntries([...all.map(([name, one]) => [name, one.read()]).filter(([, value]) => value !== undefined), ...Object.entries(others)]);
}

function change(how) {
  state.data = how(state.data);
  at("json").value = pretty(body());
  fromJson();
}

function chooseForm() {
  state.form = at("form").value;
  at("json").value = pretty(body());
  fromJson();
}

function showCode() {
  const text = at("json").value;
  let body;
  try {
    body = parse(text);
  } catch {
    return; // the code stays that of the last request that was JSON
  }
  at("curl").textContent = curl(address(), plain(body));
  at("python").textContent = python(address(), body, at("method").value === "score" || state.form === "");
}

async function send() {
  if (pending) {
    pending.abort();
    return;
  }
  pending = new AbortController();
  at("send").textContent = "Stop";
  at("status").textContent = "Waiting for the answer …";
  at("answer").setAttribute("aria-busy", "true");
  const began = performance.now();
  try {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(address(), { method: "POST", headers, body: at("json").value, signal: pending.signal });
    const type = answer.headers.get("content-type") ?? "";
    const text = isStream(type) ? await pieces(answer) : await answer.text();
    const took = performance.now() - began;
    const id = answer.headers.get("x-request-id");
    const size = new TextEncoder().encode(text).length;
    const facts = [`${answer.status} ${answer.statusText}`.trim(), `${took.toFixed(1)} ms`, `${size} bytes`, id && `request ${id}`];
    at("status").replaceChildren(make("span", { class: answer.ok ? "good" : "bad" }, facts[0]), ` · ${facts.slice(1).filter(Boolean).join(" · ")}`);
    at("answer").replaceChildren(...render(text, type));
  } catch (error) {
    const stopped = error.name === "AbortError";
    at("status").replaceChildren(make("span", { class: "bad" }, stopped ? "Stopped" : "No answer"));
    at("answer").replaceChildren(make("p", { class: "code" }, stopped ? "The request was given up." : `The server cannot be reached: ${error.message}`));
  } finally {
    pending = undefined;
    at("send").textContent = "Send";
    at("answer").removeAttribute("aria-busy");
  }
}

/** An answer that comes piece by piece, shown as it comes. */
async function pieces(answer) {
  const shown = make("pre", { class: "code" });
  at("answer").replaceChildren(shown);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) shown.append(piece.value);
  return shown.textContent;
}

async function copy(button) {
  const source = at(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(source); // no clipboard without https: the reader copies what is selected
    button.textContent = "Selected";
  }
  setTimeout(() => (button.textContent = "Copy"), 2000);
}

at("model").addEventListener("change", chooseModel);
at("method").addEventListener("change", showCode);
at("form").addEventListener("change", chooseForm);
at("json").addEventListener("input", fromJson);
at("send").addEventListener("click", send);
at("reset").addEventListener("click", reset);
at("add").addEventListener("click", () => change((data) => [...data, parse(plain(data.at(-1) ?? {}))]));
for (const button of document.querySelectorAll("[data-copy]")) button.addEventListener("click", () => copy(button));
for (const form of document.querySelectorAll("form")) form.addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    send();
  }
});
start();
