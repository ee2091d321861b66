// What a person asks for, as pyeonji/search/query.py understands it.
import { WORD_LENGTH, canonical, isEastAsian, phrasePattern, runsOf } from "./words.js";

const SIGNS = { from: "«", to: "»", subject: "§", filename: "¶" };
const FIELDS = {
  from: "from", 보낸사람: "from", 보낸이: "from", 발신: "from", 발신자: "from",
  to: "to", cc: "to", 받는사람: "to", 받는이: "to", 수신: "to", 수신자: "to",
  subject: "subject", 제목: "subject",
  filename: "filename", 파일: "filename", 파일명: "filename", 파일이름: "filename", 첨부파일: "filename",
};
const BOUNDS = {
  before: "before", 이전: "before", after: "after", 이후: "after", 부터: "after",
  larger: "larger", 크기: "larger", 초과: "larger", smaller: "smaller", 미만: "smaller",
  has: "has", 첨부: "has",
};
const UNITS = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };
const ITEM =
  /([-\u2212])?(?:([\p{L}]+)[:\uff1a])?(?:["\u201c\u201d\u201e\uff02]([^"\u201c\u201d\u201e\uff02]*)["\u201c\u201d\u201e\uff02]?|([^\s"\u201c\u201d\u201e\uff02]+))?/uy;

// zone: minutes to add to UTC where the account is, for a date (year, month, day).
export function parseQuery(source, offsetOf) {
  const query = { terms: [], after: null, before: null, larger: null, smaller: null, attachment: null };
  let at = 0;
  while (at < source.length) {
    ITEM.lastIndex = at;
    const [all, minus, name, phrase, word] = ITEM.exec(source);
    at = Math.max(at + all.length, at + 1);
    const key = (name ?? "").toLowerCase();
    const value = phrase ?? word ?? "";
    const bound = Object.hasOwn(BOUNDS, key) ? BOUNDS[key] : null;
    if (bound === "before" || bound === "after") query[bound] = day(value, offsetOf);
    else if (bound === "larger" || bound === "smaller") query[bound] = size(value);
    else if (bound === "has") query.attachment = Boolean(minus) === (value === "없음");
    else {
      const field = Object.hasOwn(FIELDS, key) ? FIELDS[key] : "";
      const text = canonical(field || !key ? value : `${key} ${value}`);
      if (text) query.terms.push({ text, field, minus: Boolean(minus) });
    }
  }
  return query;
}

function day(value, offsetOf) {
  const found =
    /^(\d{4})(\d\d)(\d\d)$/.exec(value) ??
    /^(\d{4})(?:[-./년]\s*(\d{1,2})(?:[-./월]\s*(\d{1,2})일?)?월?)?[-./년월일]?$/.exec(value.trim());
  if (!found) throw new QueryError(value);
  const [year, month, date] = [Number(found[1]), Number(found[2] ?? 1), Number(found[3] ?? 1)];
  const instant = Date.UTC(year, month - 1, date);
  const made = new Date(instant);
  if (made.getUTCMonth() !== month - 1 || made.getUTCDate() !== date) throw new QueryError(value);
  // Asked again where that day begins: the clocks may have been changed between the two.
  return instant / 1000 - offsetOf(instant - offsetOf(instant) * 60_000) * 60;
}

function size(value) {
  const found = /^(\d{1,12}(?:\.\d{1,6})?)\s*([kmg]?)(?:i?b|바이트)?$/i.exec(value.trim());
  if (!found) throw new QueryError(value);
  return Math.floor(Number(found[1]) * UNITS[found[2].toLowerCase()]);
}

export class QueryError extends Error {}

export function isExact(term) {
  if (term.text.includes(" ") || runsOf(term.text).length > 1) return false;
  return Array.from(term.text).length <= (isEastAsian(term.text) ? 2 : WORD_LENGTH);
}

function expressionOf(term) {
  const sign = SIGNS[term.field] ?? "";
  const asked = new Set();
  for (const run of runsOf(term.text)) {
    const characters = Array.from(run);
    if (!isEastAsian(run)) asked.add(`"${sign}${characters.slice(0, WORD_LENGTH).join("")}"`);
    else if (characters.length === 1) asked.add(`"${sign}${run}"*`);
    else {
      for (let at = 0; at + 1 < characters.length; at += 1) {
        asked.add(`"${sign}${characters[at]}${characters[at + 1]}"`);
      }
    }
  }
  return Array.from(asked).join(" AND ");
}

// The statement that a search file is asked, and its values; newest first.
export function statementOf(query) {
  const wanted = query.terms.filter((term) => !term.minus).map(expressionOf);
  const clauses = [];
  const values = [];
  if (wanted.length) {
    clauses.push("words MATCH ?");
    values.push(wanted.join(" AND "));
  }
  for (const term of query.terms) {
    if (term.minus && isExact(term)) {
      clauses.push("mail.id NOT IN (SELECT rowid FROM words WHERE words MATCH ?)");
      values.push(expressionOf(term));
    }
  }
  for (const [clause, value] of [
    ["mail.at >= ?", query.after], ["mail.at < ?", query.before],
    ["mail.size > ?", query.larger], ["mail.size < ?", query.smaller],
  ]) {
    if (value !== null) {
      clauses.push(clause);
      values.push(value);
    }
  }
  if (query.attachment !== null) clauses.push(query.attachment ? "attachments > 0" : "attachments = 0");
  const source = wanted.length ? "words JOIN mail ON mail.id = words.rowid" : "mail";
  const where = clauses.length ? `WHERE ${clauses.join(" AND ")}` : "";
  const order = wanted.length ? "words.rowid" : "mail.id";
  const columns =
    "at, size, attachments, hex(digest), unique_name, subject, sender, recipients, mail.offset";
  return [`SELECT ${columns} FROM ${source} ${where} ORDER BY ${order} DESC`, values];
}

// Whether a mail's own text is what was asked for; `texts` as mail.js reads them.
export function matches(query, texts) {
  return query.terms.every((term) => {
    const pattern = phrasePattern(term.text);
    const searched = term.field ? texts[term.field] : Object.values(texts).flat();
    return searched.some((text) => pattern.test(canonical(text))) !== term.minus;
  });
}
