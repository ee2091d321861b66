// Which language, and its words on their way: this comes and runs before the rest of the page is there.

export const KEY = "pyeonji.language";
const KNOWN = ["ko", "en"];

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

import(`./strings.${preferred()}.js`).catch(() => null); // asked for again, and missed, by i18n.js
