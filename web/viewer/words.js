// The words of a text, as pyeonji/search/words.py makes them: tests/vectors/words.json holds both
// to the same.
const EAST_ASIAN =
  "\\u1100-\\u11ff\\u3005\\u3007\\u3041-\\u3096\\u309d-\\u309f\\u30a1-\\u30fa\\u30fc-\\u30ff\\u3131-\\u318e" +
  "\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\ua960-\\ua97c\\uac00-\\ud7a3\\ud7b0-\\ud7fb\\uf900-\\ufad9" +
  "\\uff66-\\uff6f\\uff71-\\uff9d\\uffa1-\\uffdc\\u{20000}-\\u{3ffff}";
export const WORD_LENGTH = 32;
const OTHER = `(?:(?![${EAST_ASIAN}])[\\p{L}\\p{N}])`;
const EAST_RUN = new RegExp(`[${EAST_ASIAN}]+`, "gu");
const OTHER_RUN = new RegExp(`${OTHER}+`, "gu");
const RUN = new RegExp(`[${EAST_ASIAN}]+|${OTHER}+`, "gu");
const EAST = new RegExp(`^[${EAST_ASIAN}]`, "u");
const GAPS = /[^\p{L}\p{N}]+/gu;

function fold(text) {
  return text.normalize("NFC").toLowerCase().replaceAll("i\u0307", "i").normalize("NFC");
}

export function wordsOf(text) {
  const folded = fold(text);
  const words = new Set();
  for (const [run] of folded.matchAll(OTHER_RUN)) {
    words.add(Array.from(run).slice(0, WORD_LENGTH).join(""));
  }
  for (const [run] of folded.matchAll(EAST_RUN)) {
    const characters = Array.from(run);
    for (let at = 0; at + 1 < characters.length; at += 1) {
      words.add(characters[at] + characters[at + 1]);
    }
    words.add(characters.at(-1));
  }
  return words;
}

export function canonical(text) {
  return fold(text).replace(GAPS, " ").trim();
}

export function runsOf(text) {
  return Array.from(text.matchAll(RUN), ([run]) => run);
}

export function isEastAsian(text) {
  return EAST.test(text);
}

export function phrasePattern(text) {
  const before = isEastAsian(text) ? "" : `(?<!${OTHER})`;
  const behind = isEastAsian(Array.from(text).at(-1)) ? "" : `(?!${OTHER})`;
  return new RegExp(before + text + behind, "u"); // canonical text is letters, digits and spaces
}
