// Sizes, instants and durations, as the chosen language writes them.

import { language, t } from "./i18n.js";

const UNITS = ["B", "KB", "MB", "GB", "TB"];
let zone = "Asia/Seoul";
const cache = new Map();

/** Days begin where the account lives, not where the browser happens to be. */
export function setZone(name) {
  zone = name;
}

function formatter(name, options) {
  const key = `${language()} ${zone} ${name}`;
  let made = cache.get(key);
  if (!made) {
    const tag = language() === "en" ? "en-GB" : "ko-KR";
    cache.set(key, (made = new Intl.DateTimeFormat(tag, { timeZone: zone, ...options })));
  }
  return made;
}

/** 1 KB = 1,024 B, as the service's "4 GB" and "2 GB" do. Korean writes 1.2GB, English 1.2 GB. */
export function bytes(count) {
  let value = count;
  let unit = 0;
  while (value >= 1023.95 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  const number = value.toLocaleString(language(), { maximumFractionDigits: digits });
  return language() === "ko" ? `${number}${UNITS[unit]}` : `${number} ${UNITS[unit]}`;
}

export const number = (value) => value.toLocaleString(language());
export const percent = (part) => `${Math.floor(Math.min(1, Math.max(0, part)) * 100)}%`;

const LONG = { year: "numeric", month: "long", day: "numeric" };
const SHORT = { month: "long", day: "numeric" };
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

export const day = (instant) => formatter("day", LONG).format(new Date(instant));
export const monthDay = (instant) => formatter("md", SHORT).format(new Date(instant));
export const moment = (instant) =>
  formatter("moment", { ...LONG, ...CLOCK }).format(new Date(instant));

/** With the day of the week: for the exact bounds of a period and the days things end. */
export function exactMoment(instant) {
  const when = new Date(instant);
  const weekday = formatter("weekday", { weekday: "short" }).format(when);
  const clock = formatter("clock", CLOCK).format(when);
  return `${day(instant)} (${weekday}) ${clock}`;
}

/** Of a row: the time of today, the day of this year, else the whole date. */
export function stamp(instant) {
  const when = new Date(instant);
  const written = isoDay(when);
  if (written === isoDay()) return formatter("clock", CLOCK).format(when);
  if (written.slice(0, 4) === isoDay().slice(0, 4)) return monthDay(instant);
  return formatter("short", { dateStyle: "medium" }).format(when);
}

/** First and last day of a half-open range of instants: `to` is the first instant after it. */
export function days(from, to) {
  const last = new Date(new Date(to).getTime() - 1);
  return fromTheBeginning(from)
    ? t("period.until", { to: day(last) })
    : t("period.days", { from: day(from), to: day(last) });
}

/** Before the first mail there was: "from 1 January 1970" would only puzzle people. */
export const fromTheBeginning = (instant) => !instant || new Date(instant).getUTCFullYear() < 1971;

/** A day as YYYY-MM-DD in the account's time zone: of an instant, or `back` days ago. */
export function isoDay(when = 0) {
  const instant = when instanceof Date ? when : new Date(Date.now() - when * 86_400_000);
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(instant);
}

export function duration(seconds) {
  if (seconds < 60) return t("time.seconds", { n: Math.max(1, Math.ceil(seconds / 5) * 5) });
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return t("time.minutes", { n: minutes });
  return t("time.hours", { n: Math.floor(minutes / 60), minutes: minutes % 60 });
}
