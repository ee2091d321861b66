// Languages: which one, and the words of it. One table a language, in strings.<language>.js.

const KEY = "pyeonji.language";
const KNOWN = ["ko", "en"];

let chosen = "ko";
let table = {};
let plurals = new Intl.PluralRules("ko");
let numbers = new Intl.NumberFormat("ko");

export const language = () => chosen;

/** What the person chose last, else the first language of the browser that we speak. */
export function preferred() {
  const stored = localStorage.getItem(KEY);
  if (KNOWN.includes(stored)) return stored;
  for (const wanted of navigator.languages ?? [navigator.language]) {
    const short = wanted.slice(0, 2).toLowerCase();
    if (KNOWN.includes(short)) return short;
  }
  return "ko";
}

export async function load(wanted, { remember = false } = {}) {
  const module = await import(`./strings.${wanted}.js`);
  chosen = wanted;
  table = module.default;
  plurals = new Intl.PluralRules(wanted);
  numbers = new Intl.NumberFormat(wanted);
  document.documentElement.lang = wanted;
  if (remember) localStorage.setItem(KEY, wanted);
}

export const has = (key) => key in table || `${key}.other` in table;

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
    return value === undefined ? whole : typeof value === "number" ? numbers.format(value) : value;
  });
}

/** The words for a code of the contract (`area`: reason, failure, error, state…), else `fallback`. */
export function words(area, code, fallback) {
  const key = `${area}.${code}`;
  return code && has(key) ? t(key) : fallback;
}
