// Reads what a ZIP holds from its own directory, by slices of the file: the tail, then the records
// a megabyte at a time. A 2 GB file costs a few hundred KB of reading and no memory to speak of.
// The service checks everything again; this is to tell a person before anything is sent.

import { decodeName, unicodePathOf } from "./names.js";

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const RECORD = 0x02014b50;
const TAIL = 22 + 65_535 + 20 + 56; // end record, longest comment, ZIP64 locator and record
const STEP = 1 << 20;
const LONGEST = 46 + 3 * 65_535; // a record with name, extra field and comment at their longest

/** The file cannot be read as a ZIP; `code` is one of the contract's failures of a whole upload. */
export class ZipError extends Error {
  constructor(code) {
    super(code);
    this.name = "ZipError";
    this.code = code;
  }
}

async function view(file, start, end) {
  return new DataView(await file.slice(start, end).arrayBuffer());
}

/** Where the directory stands: `{start, length, entries, shift}`; `shift` is what is in front of the
 *  archive (a self-extracting stub). Raises ZipError. */
export async function locate(file) {
  const base = Math.max(0, file.size - TAIL);
  const tail = await view(file, base, file.size);
  const at = findEnd(tail);
  if (at < 0) throw new ZipError("not_a_zip");
  let disk = tail.getUint16(at + 4, true);
  let entries = tail.getUint16(at + 10, true);
  let length = tail.getUint32(at + 12, true);
  let offset = tail.getUint32(at + 16, true);
  let end = base + at;
  const locator = at - 20;
  if (locator >= 0 && tail.getUint32(locator, true) === LOCATOR64) {
    if (tail.getUint32(locator + 16, true) > 1) throw new ZipError("split_archive");
    const record = locator - 56;
    if (record >= 0 && tail.getUint32(record, true) === END64) {
      disk = tail.getUint32(record + 16, true);
      entries = Number(tail.getBigUint64(record + 32, true));
      length = Number(tail.getBigUint64(record + 40, true));
      offset = Number(tail.getBigUint64(record + 48, true));
      end = base + record;
    }
  }
  if (disk !== 0) throw new ZipError("split_archive");
  if (entries === 0) throw new ZipError("empty");
  const start = end - length;
  if (start < offset || start < 0) throw new ZipError("ambiguous_archive");
  return { start, length, entries, shift: start - offset };
}

/** The last end record whose comment reaches exactly to the end; else the last one that fits. */
function findEnd(tail) {
  let fitting = -1;
  for (let at = tail.byteLength - 22; at >= 0; at -= 1) {
    if (tail.getUint32(at, true) !== END) continue;
    const close = at + 22 + tail.getUint16(at + 20, true);
    if (close === tail.byteLength) return at;
    if (close < tail.byteLength && fitting < 0) fitting = at;
  }
  return fitting;
}

/** Every entry of the directory, one after the other:
 *  `{name, directory, flags, method, compressed, size}`. Raises ZipError. */
export async function* entriesOf(file, { start, length, entries }) {
  const end = start + length;
  let at = start;
  let held = new DataView(new ArrayBuffer(0));
  let position = 0;
  for (let index = 0; index < entries; index += 1) {
    if (held.byteLength - position < LONGEST && at + held.byteLength < end) {
      at += position;
      held = await view(file, at, Math.min(end, at + STEP + LONGEST));
      position = 0;
    }
    const left = held.byteLength - position;
    if (left < 46 || held.getUint32(position, true) !== RECORD) {
      throw new ZipError("ambiguous_archive");
    }
    const [entry, width] = readRecord(held, position);
    if (width > left) throw new ZipError("ambiguous_archive");
    yield entry;
    position += width;
  }
}

const DECIDING = new Set([1, 0x7075, 0x9901]); // ZIP64, Unicode path, WinZip's AES

/** Whether a name ends like a folder's; of its bytes or as text. */
function namedFolder(name) {
  const last = typeof name === "string" ? name.charCodeAt(name.length - 1) : name[name.length - 1];
  return last === 0x2f || last === 0x5c;
}

/** Whether DOS or Unix would take it for a folder, whatever system it says it was made on. */
function markedFolder(attributes) {
  return (attributes & 0x10) !== 0 || ((attributes >>> 16) & 0o170000) === 0o040000;
}

/** Whether a ZIP64 field repeats sizes and offset otherwise than the record's own fields say. */
function otherSizes(fields, from, until, told) {
  const values = [];
  for (let at = from; at + 8 <= until && values.length < told.length; at += 8) {
    values.push(Number(fields.getBigUint64(at, true)));
  }
  return values.some(Boolean) && values.some((value, place) => value !== told[place]);
}

function readRecord(data, at) {
  const nameLength = data.getUint16(at + 28, true);
  const extraLength = data.getUint16(at + 30, true);
  const width = 46 + nameLength + extraLength + data.getUint16(at + 32, true);
  if (at + width > data.byteLength) return [null, width];
  const raw = new Uint8Array(data.buffer, data.byteOffset + at + 46, nameLength);
  const extra = new Uint8Array(data.buffer, data.byteOffset + at + 46 + nameLength, extraLength);
  let compressed = data.getUint32(at + 20, true);
  let size = data.getUint32(at + 24, true);
  const offset = data.getUint32(at + 42, true);
  const told = [size, compressed, offset];
  const wide = told.includes(0xffffffff);
  let path = null;
  let twice = false;
  let otherwise = false;
  const seen = new Set();
  const fields = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  for (let here = 0; here + 4 <= extra.length;) {
    const kind = fields.getUint16(here, true);
    const next = here + 4 + fields.getUint16(here + 2, true);
    if (next > extra.length) break;
    twice ||= DECIDING.has(kind) && seen.has(kind);
    if (kind === 1 && !wide) otherwise ||= otherSizes(fields, here + 4, next, told);
    if (kind === 0x7075) path = unicodePathOf(extra.subarray(here + 4, next), raw);
    if (kind === 1 && !seen.has(kind)) {
      let value = here + 4;
      if (size === 0xffffffff && value + 8 <= next) {
        size = Number(fields.getBigUint64(value, true));
        value += 8;
      }
      if (compressed === 0xffffffff && value + 8 <= next) {
        compressed = Number(fields.getBigUint64(value, true));
      }
    }
    seen.add(kind);
    here = next;
  }
  const attributes = data.getUint32(at + 38, true);
  const name = decodeName(raw, path);
  const folder = !size && (namedFolder(raw) || markedFolder(attributes));
  const mixed = !folder && (namedFolder(name) || markedFolder(attributes));
  const entry = {
    name,
    flags: data.getUint16(at + 8, true),
    method: data.getUint16(at + 10, true),
    folder,
    contradictory: namedFolder(name) !== namedFolder(raw) || mixed || twice || otherwise,
    compressed,
    size,
  };
  return [entry, width];
}
