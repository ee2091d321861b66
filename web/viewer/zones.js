// Where a day begins: time zones by name.

/** A function of an instant (milliseconds since 1970) that tells how many minutes are to be added to
 *  UTC in `zone` then. One the browser does not know, or none, is the browser's own. */
export function offsetIn(zone) {
  const format = new Intl.DateTimeFormat("en-u-ca-gregory-nu-latn-hc-h23", {
    timeZone: knownZone(zone), era: "short", year: "numeric", month: "numeric", day: "numeric",
    hour: "numeric", minute: "numeric", second: "numeric",
  });
  return (instant) => {
    const told = {};
    for (const { type, value } of format.formatToParts(instant)) told[type] = Number(value);
    const local = Date.UTC(told.year, told.month - 1, told.day, told.hour, told.minute, told.second);
    return Math.round((local - instant) / 60_000);
  };
}

/** `zone` where the browser knows it, else undefined, which stands for its own. */
export function knownZone(zone) {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone ?? undefined }) && (zone ?? undefined);
  } catch {
    return undefined;
  }
}
