// Languages: which one, and the words of it. One table a language, in strings.<language>.js.

import { KEY } from "./languages.js";
import { Value } from "./store.js";

/** The language that is shown; a change draws every component that looks at it again. */
export const chosen = new Value("ko");
let table = {};
let plurals = new Intl.PluralRules("ko");
let numbers = new Intl.NumberFormat("ko");

export const language = () => chosen.value;

export async function load(wanted, { remember = false } = {}) {
  const module = await import(`./strings.${wanted}.js`);
  table = module.default;
  plurals = new Intl.PluralRules(wanted);
  numbers = new Intl.NumberFormat(wanted);
  document.documentElement.lang = wanted;
  if (remember) localStorage.setItem(KEY, wanted);
  chosen.set(wanted);
}

export const has = (key) => key in table || `${key}.other` in table;

/** A name from outside without the marks that turn the direction of a text around: a file that is
 *  called `…fdp.exe` must not look like `…exe.pdf`. */
export const clean = (name) => name.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");

/** The sentence for `key`; `{name}` takes a parameter, numbers are written as the language does, and
 *  `n` picks the plural form where the table has one (`key.one`, `key.other`). */
export function t(key, params = {}) {
  let text = table[key];
  if (text === undefined && typeof params.n === "number") {
    text = table[`${key}.${plurals.select(params.n)}`] ?? table[`${key}.other`];
  }
  if (text === undefined) return key; // seen by the test that walks every screen, never by people
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = params[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? numbers.format(value) : clean(String(value));
  });
}

/** The words for a code of the contract (`area`: reason, failure, error, state…), else `fallback`. */
export function words(area, code, fallback) {
  const key = `${area}.${code}`;
  return code && has(key) ? t(key) : fallback;
}
