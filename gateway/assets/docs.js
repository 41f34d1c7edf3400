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
const fields = (schema, depth = 0) => {
  const s = resolve(schema);
  const rows = Object.entries(s.properties ?? {});
  if (rows.length === 0) return el("p", { textContent: s.enum ? typeName(s) : "No fields." });
  return el("table", {}, el("tbody", {}, ...rows.map(([name, f]) => {
    const target = resolve(f.type === "array" ? f.items : f);
    const nested = depth < 3 && target.properties ? el("details", {}, el("summary", { textContent: "fields" }), fields(target, depth + 1)) : null;
    return el("tr", {}, el("td", { textContent: name }), el("td", { textContent: typeName(f) }), el("td", {}, f.description ?? target.description ?? "", nested));
  })));
};
const operation = (path, method, op) => {
  const id = `${method}${path}`;
  const body = op.requestBody?.content?.["application/json"]?.schema;
  const ok = op.responses?.["200"]?.content?.["application/json"]?.schema;
  const params = op.parameters ?? [];
  return el("section", { id },
    el("h3", {}, el("span", { className: `method ${method}`, textContent: method.toUpperCase() }), path),
    el("p", { textContent: [op.summary, op.description].filter(Boolean).join(" ") }),
    params.length ? el("details", {}, el("summary", { textContent: "Parameters" }), el("table", {}, el("tbody", {}, ...params.map((p) =>
      el("tr", {}, el("td", { textContent: p.name }), el("td", { textContent: `${p.in}, ${typeName(p.schema)}` }), el("td", { textContent: p.description ?? "" })))))) : null,
    body ? el("details", {}, el("summary", { textContent: `Request: ${typeName(body)}` }), fields(body)) : null,
    ok ? el("details", {}, el("summary", { textContent: `Response: ${typeName(ok)}` }), fields(ok)) : null);
};
const show = (needle) => {
  const all = Object.entries(doc.paths).flatMap(([path, item]) => Object.entries(item).filter(([m]) => ["get", "post", "put", "patch", "delete"].includes(m)).map(([m, op]) => ({ path, m, op })));
  const found = all.filter(({ path, op }) => !needle || `${path} ${op.summary ?? ""} ${op.description ?? ""}`.toLowerCase().includes(needle));
  const groups = Map.groupBy ? Map.groupBy(found, ({ op }) => op.tags?.[0] ?? "API") : new Map([["API", found]]);
  document.getElementById("index").replaceChildren(...[...groups].flatMap(([tag, list]) => [el("h2", { textContent: tag }), ...list.map(({ path, m }) => el("a", { href: `#${m}${path}`, textContent: `${m.toUpperCase()} ${path}` }))]));
  document.getElementById("operations").replaceChildren(...(found.length ? found.map(({ path, m, op }) => operation(path, m, op)) : [el("p", { textContent: "Nothing found." })]));
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
document.getElementById("search").addEventListener("input", (e) => show(e.target.value.trim().toLowerCase()));
start();
