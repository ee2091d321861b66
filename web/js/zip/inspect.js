// What a ZIP will come to, told before anything is sent: how many mails, what is left out and why.

import { entriesOf, locate } from "./directory.js";

const SYSTEM = /(^|[\\/])(__MACOSX([\\/]|$)|\._[^\\/]*$|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/i;
const EXAMPLES = 5; // names shown for each reason
const BREATHE = 20_000; // entries between two breaths of the page

/** [outcome, reason] of an entry, as far as the directory tells. Same order as the service's. */
export function judge(entry, limits) {
  const { name } = entry;
  if (SYSTEM.test(name)) return ["ignored", "system_file"];
  if (/[\\/]$/.test(name) || (entry.folder && entry.size === 0)) return ["ignored", "folder"];
  if (isManifest(name)) return ["ignored", "manifest"];
  if (!/\.eml$/i.test(name)) return ["rejected", "not_eml"];
  if (entry.flags & 0x2041) return ["rejected", "encrypted"];
  if (entry.method !== 0 && entry.method !== 8) return ["rejected", "unsupported_compression"];
  if (entry.size === 0) return ["rejected", "zero_byte"];
  if (entry.size > limits.message_limit_bytes) return ["rejected", "too_large"];
  return ["mail", null];
}

const isManifest = (name) => name === "archive.json" || /^mail\/.+\/folder\.json$/.test(name);

/** `{entries, mails, ignored, rejected, reasons: Map(reason → {outcome, count, names})}`.
 *  Raises ZipError, or the browser's error when the file cannot be read. */
export async function inspect(file, limits) {
  const found = { entries: 0, mails: 0, ignored: 0, rejected: 0, reasons: new Map() };
  for await (const entry of entriesOf(file, await locate(file))) {
    found.entries += 1;
    const [outcome, reason] = judge(entry, limits);
    if (outcome === "mail") found.mails += 1;
    else note(found, outcome, reason, entry.name);
    if (found.entries % BREATHE === 0) await new Promise((done) => setTimeout(done));
  }
  return found;
}

function note(found, outcome, reason, name) {
  found[outcome] += 1;
  const held = found.reasons.get(reason) ?? { outcome, count: 0, names: [] };
  held.count += 1;
  if (held.names.length < EXAMPLES) held.names.push(name);
  found.reasons.set(reason, held);
}
