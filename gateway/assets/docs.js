"use strict";
// Shows the OpenAPI document without anything from elsewhere.
const el = (tag, props = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children.filter((c) => c !== null && c !== undefined));
  return node;
};
let doc;
const resolve = (s) => {
  for (let i = 0; s && s.$ref && i < 5; i++) s = s.$ref.slice(2).split("/").reduce((o, k) => o?.[k.replaceAll("~1", "/").replaceAll("~0", "~")], doc);
  return s ?? {};
};
const typeName = (s) => {
  if (!s) return "";
  if (s.$ref) return s.$ref.split("/").pop().split(".").pop();
  if (s.type === "array") return `list of ${typeName(s.items)}`;
  if (s.enum) return "one of " + s.enum.join(", ");
  if (s.additionalProperties) return `map to ${typeName(s.additionalProperties)}`;
  return [].concat(s.type ?? "any").join(" or ") + (s.format ? ` (${s.format})` : "");
};
// Paths may break after a slash or before a verb, not in the middle of a name.
const breakable = (path) => path.split(/(?<=\/)|(?=:)/).flatMap((part) => [document.createElement("wbr"), part]);
const table = (rows) => el("table", {}, el("tbody", {}, ...rows));
const row = (name, type, text) => el("tr", {}, el("td", { textContent: name }), el("td", { textContent: type }), el("td", { textContent: text ?? "" }));
const fields = (schema, depth = 0) => {
  const s = resolve(schema);
  const rows = Object.entries(s.properties ?? {});
  if (rows.length === 0) return el("p", { textContent: s.enum ? typeName(s) : "No fields." });
  return table(rows.flatMap(([name, f]) => {
    const target = resolve(f.type === "array" ? f.items : f);
    const own = row(name, typeName(f), f.description ?? target.description);
    if (depth >= 3 || !target.properties) return [own];
    return [own, el("tr", { className: "nested" }, el("td", { colSpan: 3 }, el("details", {}, el("summary", { textContent: `Fields of ${name}` }), fields(target, depth + 1))))];
  }));
};
const titled = (word, schema) => (schema.$ref ? `${word}: ${typeName(schema)}` : word);
const operation = (path, method, op) => {
  const body = op.requestBody?.content?.["application/json"]?.schema;
  const ok = op.responses?.["200"]?.content?.["application/json"]?.schema;
  const params = op.parameters ?? [];
  return el("section", { id: `${method}${path}` },
    el("h3", {}, el("span", { className: `method ${method}`, textContent: method.toUpperCase() }), " ", el("span", {}, ...breakable(path))),
    el("p", { textContent: [op.summary, op.description].filter(Boolean).join(" ") }),
    params.length ? el("details", {}, el("summary", { textContent: "Parameters" }), table(params.map((p) => row(p.name, `${p.in}, ${typeName(p.schema)}`, p.description)))) : null,
    body ? el("details", {}, el("summary", { textContent: titled("Request", body) }), fields(body)) : null,
    ok ? el("details", {}, el("summary", { textContent: titled("Response", ok) }), fields(ok)) : null);
};
const methods = ["get", "post", "put", "patch", "delete"];
const show = (needle) => {
  const all = Object.entries(doc.paths).flatMap(([path, item]) => methods.filter((m) => item[m]).map((m) => ({ path, m, op: item[m] })));
  const found = all.filter(({ path, op }) => !needle || `${path} ${op.summary ?? ""} ${op.description ?? ""}`.toLowerCase().includes(needle));
  const groups = new Map();
  for (const x of found) {
    const tag = x.op.tags?.[0] ?? "API";
    groups.set(tag, [...(groups.get(tag) ?? []), x]);
  }
  const link = ({ path, m }) => el("a", { href: `#${m}${path}` }, el("span", { className: `method ${m}`, textContent: m.toUpperCase() }), el("span", {}, ...breakable(path)));
  document.getElementById("index").replaceChildren(...[...groups].flatMap(([tag, list]) => [el("h2", { textContent: tag }), ...list.map(link)]));
  document.getElementById("operations").replaceChildren(...[...groups].flatMap(([tag, list]) => [el("h2", { textContent: tag }), ...list.map(({ path, m, op }) => operation(path, m, op))]));
  document.getElementById("count").textContent = found.length ? `${found.length} of ${all.length} operations` : "Nothing found.";
};
const start = async () => {
  try {
    const res = await fetch("/openapi.json");
    if (!res.ok) throw new Error(`HTTP ${res.status}`);
    doc = await res.json();
    show("");
    if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
  } catch (e) {
    document.getElementById("operations").textContent = `The document could not be read: ${e.message}. Reload to try again.`;
  }
};
document.getElementById("contents").open = matchMedia("(min-width: 50rem)").matches;
document.getElementById("search").addEventListener("input", (e) => doc && show(e.target.value.trim().toLowerCase()));
start();
