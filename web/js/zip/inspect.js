// What a ZIP will come to, told before anything is sent: how many mails, what is left out and why.

import { entriesOf, locate } from "./directory.js";

const SYSTEM_FILES = new Set([".ds_store", "thumbs.db", "desktop.ini"]);
const ENCRYPTED = 0x0001;
const AES = 99; // WinZip's AES puts the real method in an extra field
const READ = new Set([0, 8, 9]); // stored, deflated, Deflate64
// Mail that the migration client reads, or that lies one archive deeper.
const OTHER_KINDS = [
  ["outlook_file", new Set(["msg", "pst", "ost", "oft", "nst"])],
  ["mbox_file", new Set(["mbox", "mbx", "mbs"])],
  [
    "archive_file",
    new Set(
      ("zip 7z rar egg alz tar gz tgz bz2 tbz xz txz zst lzh cab arj zipx jar iso").split(" "),
    ),
  ],
];
const EXAMPLES = 5; // names shown for each reason
const BREATHE = 20_000; // entries between two breaths of the page

/** [outcome, reason] of an entry as far as the directory tells, in the service's own order: what an
 *  entry is comes before what is wrong with it. */
function judge(entry, limits) {
  if (entry.folder) return ["ignored", "folder"];
  const path = entry.name.split(/[\\/]/).filter(Boolean);
  const base = path.at(-1) ?? "";
  const system = base.startsWith("._") || SYSTEM_FILES.has(base.toLowerCase());
  if (system || path.includes("__MACOSX")) return ["ignored", "system_file"];
  if (isManifest(path, base)) return ["ignored", "manifest"];
  if (!base.trimEnd().toLowerCase().endsWith(".eml")) return ["rejected", otherKind(base)];
  if (entry.contradictory) return ["rejected", "contradictory"];
  if (entry.size === 0) return ["rejected", "zero_byte"];
  if (entry.flags & ENCRYPTED || entry.method === AES) return ["rejected", "encrypted"];
  if (!READ.has(entry.method)) return ["rejected", "unsupported_compression"];
  if (entry.size > limits.message_limit_bytes) return ["rejected", "too_large"];
  return ["mail", null];
}

/** What a file is that is not called `.eml`. */
function otherKind(base) {
  const [, extension] = /\.([^.]*)$/.exec(base.trimEnd().toLowerCase()) ?? [];
  return OTHER_KINDS.find(([, extensions]) => extensions.has(extension))?.[0] ?? "not_eml";
}

/** Our own manifest, also with one folder around it all. */
function isManifest(path, base) {
  if (base === "archive.json") return path.length <= 2;
  return base === "folder.json" && path.length >= 3 && path.slice(0, 2).includes("mail");
}

/** The mailbox a `folder.json` of our own manifest stands for, as its path says; null for others. */
function manifestFolder(name) {
  const match = /^(?:[^/]+\/)?mail\/(.+)\/folder\.json$/.exec(name);
  return match?.[1] ?? null;
}

/** `{entries, mails, ignored, rejected, reasons: Map(reason → {outcome, count, names}), folders,
 *  manifest}`: `folders` is the number of folders mails stand in, `manifest` the mailboxes our own
 *  backup says they come from. Raises ZipError, or the browser's error when the file cannot be read. */
export async function inspect(file, limits) {
  const found = { entries: 0, mails: 0, ignored: 0, rejected: 0, reasons: new Map(), manifest: [] };
  const folders = new Set();
  for await (const entry of entriesOf(file, await locate(file))) {
    found.entries += 1;
    const [outcome, reason] = judge(entry, limits);
    if (outcome === "mail") {
      found.mails += 1;
      folders.add(entry.name.replace(/[^\\/]*$/, ""));
    } else note(found, outcome, reason, entry.name);
    const folder = reason === "manifest" ? manifestFolder(entry.name) : null;
    if (folder) found.manifest.push(folder);
    if (found.entries % BREATHE === 0) await new Promise((done) => setTimeout(done));
  }
  return { ...found, folders: folders.size };
}

function note(found, outcome, reason, name) {
  found[outcome] += 1;
  const held = found.reasons.get(reason) ?? { outcome, count: 0, names: [] };
  held.count += 1;
  if (held.names.length < EXAMPLES) held.names.push(name);
  found.reasons.set(reason, held);
}
