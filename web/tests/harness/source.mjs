// Loads the app's own TypeScript into a test: transpiled as it is, with the alias of src resolved. Nothing is checked here; `npm run check` does.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

import ts from 'typescript';

const root = join(import.meta.dirname, '..', '..');
const out = mkdtempSync(join(root, 'node_modules', '.unit-')); // beside the packages that the sources import
process.on('exit', () => rmSync(out, { recursive: true, force: true }));
writeFileSync(join(out, 'package.json'), '{"type":"module"}');
const done = new Set();

// load answers the exports of a file of src, for example 'money.ts'.
export async function load(file) {
  transpile(join(root, 'src', file));
  return import(pathToFileURL(target(join(root, 'src', file))).href);
}

const target = (path) => join(out, relative(root, path)).replace(/\.tsx?$/, '.mjs');

function transpile(path) {
  if (done.has(path)) return;
  done.add(path);
  const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, jsx: ts.JsxEmit.ReactJSX, verbatimModuleSyntax: true },
  });
  const body = outputText.replace(/(from\s+|import\s*\(\s*)'((?:@\/|\.{1,2}\/)[^']+)'/g, (_, before, name) => {
    const found = resolve(name.startsWith('@/') ? join(root, 'src', name.slice(2)) : join(dirname(path), name));
    transpile(found);
    return `${before}'${pathToFileURL(target(found)).href}'`;
  });
  mkdirSync(dirname(target(path)), { recursive: true });
  writeFileSync(target(path), body);
}

function resolve(base) {
  const found = [`${base}.ts`, `${base}.tsx`, join(base, 'index.ts')].find(existsSync);
  if (!found) throw new Error(`there is no source for ${base}`);
  return found;
}
