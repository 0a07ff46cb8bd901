// A request between its two sides: rows with params, which the fields show, and the body in one of its forms.

const FORMS = ["dataframe_split", "dataframe_records", "instances", "inputs", "input_data"];
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/**
 * The body that sends the data.
 * data: rows of { column: value } for "records", a list for "values", lists by name for "tensors", a list for "tensor".
 * labels: the columns in order; scalar: whether each of them holds single values.
 */
export function toBody({ form, takes, data, params, labels, scalar }) {
  const withParams = (body) => (Object.keys(params).length ? { ...body, params } : body);
  if (form === "") return { ...data[0], ...params };
  if (takes !== "records") {
    if (form === "instances" && takes === "tensors") return withParams({ instances: inRows(data) });
    if (form === "dataframe_split") return withParams({ dataframe_split: { data: data.map((value) => [value].flat()) } });
    return withParams({ [form]: data });
  }
  if (form === "dataframe_split" || (form === "input_data" && !labels.includes("data"))) {
    const rows = data.map((row) => labels.map((label) => row[label] ?? null));
    return withParams({ [form]: { columns: labels, data: rows } });
  }
  if ((form === "inputs" || form === "input_data") && scalar) {
    const lists = labels.map((label) => [label, data.map((row) => row[label] ?? null)]);
    return withParams({ [form]: Object.fromEntries(lists) });
  }
  return withParams({ [form]: data });
}

function inRows(tensors) {
  const names = Object.keys(tensors);
  return tensors[names[0]].map((_, place) => Object.fromEntries(names.map((name) => [name, tensors[name][place]])));
}

/** What a body says: { form, data, params }; null for one that the fields cannot show. */
export function fromBody(body, { takes, labels, paramNames }) {
  if (!isObject(body)) return null;
  const forms = FORMS.filter((form) => form in body);
  if (forms.length > 1) return null;
  if (!forms.length) return takes === "records" ? bare(body, labels, paramNames) : null;
  const [form] = forms;
  const params = body.params ?? {};
  if (!isObject(params)) return null;
  const data = takes === "records" ? rowsOf(form, body[form], labels) : dataOf(form, body[form], takes);
  return data && { form, data, params };
}

function bare(body, labels, paramNames) {
  const row = {};
  const params = {};
  for (const [key, value] of Object.entries(body)) (paramNames.includes(key) && !labels.includes(key) ? params : row)[key] = value;
  return { form: "", data: [row], params };
}

function rowsOf(form, given, labels) {
  if (form === "dataframe_split" || (form === "input_data" && isObject(given) && "data" in given && !labels.includes("data"))) {
    if (!isObject(given) || !Array.isArray(given.data) || !given.data.every(Array.isArray)) return null;
    const names = given.columns ?? labels;
    if (!Array.isArray(names)) return null;
    return given.data.map((row) => Object.fromEntries(names.map((name, place) => [name, row[place]])));
  }
  if (Array.isArray(given)) return given.every(isObject) ? given : null;
  if ((form !== "inputs" && form !== "input_data") || !isObject(given) || !Object.values(given).every(Array.isArray)) return null;
  const length = Math.max(0, ...Object.values(given).map((list) => list.length));
  const names = Object.keys(given);
  return Array.from({ length }, (_, place) => Object.fromEntries(names.map((name) => [name, given[name][place]])));
}

function dataOf(form, given, takes) {
  if (takes === "tensors") {
    if (form === "instances") return Array.isArray(given) && given.length && given.every(isObject) ? inColumns(given) : null;
    return isObject(given) ? given : null;
  }
  if (takes === "values" && form === "dataframe_split") {
    if (!isObject(given) || !Array.isArray(given.data)) return null;
    return given.data.map((row) => (Array.isArray(row) && row.length === 1 ? row[0] : row));
  }
  return takes === "values" && !Array.isArray(given) ? [given] : given;
}

function inColumns(rows) {
  return Object.fromEntries(Object.keys(rows[0]).map((name) => [name, rows.map((row) => row[name])]));
}
