// The part that reads files: a classic worker, because only here a file can be read synchronously,
// which is what SQLite asks for. Every read is a slice of a file on the disk, or a range of one that
// is still in the store.

import { inflateSync } from "../vendor/fflate/index.mjs";
import { offsetIn } from "./zones.js";
import sqlite3InitModule from "../vendor/sqlite-wasm/index.mjs";

const reader = new FileReaderSync();
let sqlite = null;
let bytesRead = 0;
const archives = []; // {file, start, size, directory} each; file: a File, or {url, size}
const bases = []; // an opened search file each
const places = new Map(); // sqlite3_file* → {file, start, size}
let rows = []; // a cursor for each search file

function slice(file, start, length) {
  if (file.url) return rangeOf(file, start, length);
  bytesRead += length;
  return new Uint8Array(reader.readAsArrayBuffer(file.slice(start, start + length)));
}

const BLOCK = 64 * 1024; // a request costs as much as this takes
const KEPT = 512; // blocks: 32 MB

// Of a file in the store, `{url, size}`: whole blocks, kept; what lies between two is fetched with
// them, in one request.
function rangeOf(file, start, length) {
  file.blocks ??= new Map();
  const end = Math.min(start + length, file.size);
  const [first, last] = [Math.floor(start / BLOCK), Math.ceil(end / BLOCK)];
  const held = [];
  for (let block = first; block < last; block += 1) {
    let bytes = file.blocks.get(block);
    if (!bytes) {
      let until = block + 1;
      while (until < last && !file.blocks.has(until)) until += 1;
      const fetched = fetchRange(file, block * BLOCK, Math.min(until * BLOCK, file.size));
      for (let one = block; one < until; one += 1) {
        file.blocks.set(one, fetched.subarray((one - block) * BLOCK, (one - block + 1) * BLOCK));
      }
      bytes = file.blocks.get(block);
    }
    file.blocks.delete(block); // the last asked for stays longest
    file.blocks.set(block, bytes);
    held.push(bytes);
  }
  const out = new Uint8Array(Math.max(0, end - start));
  held.forEach((bytes, index) => {
    const from = (first + index) * BLOCK;
    const piece = bytes.subarray(Math.max(0, start - from), end - from);
    out.set(piece, Math.max(from, start) - start);
  });
  for (const block of file.blocks.keys()) {
    if (file.blocks.size <= KEPT) break;
    file.blocks.delete(block);
  }
  return out;
}

function fetchRange(file, start, end) {
  const request = new XMLHttpRequest();
  request.open("GET", file.url, false);
  request.responseType = "arraybuffer";
  request.setRequestHeader("Range", `bytes=${start}-${end - 1}`);
  request.send();
  if (request.status !== 206 || request.response.byteLength !== end - start) throw new Error("not_there");
  bytesRead += end - start;
  return new Uint8Array(request.response);
}

function view(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

// Where the central directory stands: APPNOTE 4.3.16, and 4.3.14 for large archives.
function findDirectory(file) {
  const length = Math.min(file.size, 66_000);
  const tail = slice(file, file.size - length, length);
  const data = view(tail);
  for (let at = length - 22; at >= 0; at -= 1) {
    if (data.getUint32(at, true) !== 0x06054b50) continue;
    let size = data.getUint32(at + 12, true);
    let start = data.getUint32(at + 16, true);
    if (at >= 20 && data.getUint32(at - 20, true) === 0x07064b50) {
      const record = view(slice(file, Number(data.getBigUint64(at - 12, true)), 56));
      size = Number(record.getBigUint64(40, true));
      start = Number(record.getBigUint64(48, true));
    }
    return { start, size };
  }
  throw new Error("not_a_zip");
}

const decoder = new TextDecoder();

function record(bytes, at) {
  const data = view(bytes);
  if (at + 46 > bytes.length || data.getUint32(at, true) !== 0x02014b50) return null;
  const [nameSize, extraSize, noteSize] = [28, 30, 32].map((o) => data.getUint16(at + o, true));
  let compressed = data.getUint32(at + 20, true);
  let size = data.getUint32(at + 24, true);
  let offset = data.getUint32(at + 42, true);
  const extraAt = at + 46 + nameSize;
  if ([compressed, size, offset].includes(0xffffffff)) {
    for (let e = extraAt; e + 4 <= extraAt + extraSize; ) {
      const length = data.getUint16(e + 2, true);
      if (data.getUint16(e, true) === 1) {
        let v = e + 4;
        const wide = () => Number(data.getBigUint64((v += 8) - 8, true));
        if (size === 0xffffffff) size = wide();
        if (compressed === 0xffffffff) compressed = wide();
        if (offset === 0xffffffff) offset = wide();
      }
      e += 4 + length;
    }
  }
  return {
    name: decoder.decode(bytes.subarray(at + 46, extraAt)),
    method: data.getUint16(at + 10, true), compressed, size, offset,
    end: extraAt + extraSize + noteSize,
  };
}

const SEARCH = /^pyeonji\/search\/(\d+)\.sqlite$/;
const CHUNKS = "pyeonji/search/chunks.json";
const HELD = 64; // unpacked chunks of a search file, 32 KB each

// Search files are the last members, so the end of the directory names them all.
function lastRecords(archive) {
  const length = Math.min(archive.size, 256 * 1024);
  const bytes = slice(archive.file, archive.start + archive.size - length, length);
  for (let at = 0; at < bytes.length - 4; at += 1) {
    if (bytes[at] !== 0x50 || bytes[at + 1] !== 0x4b || bytes[at + 2] !== 1 || bytes[at + 3] !== 2) continue;
    const found = [];
    let next = at;
    for (let one; (one = record(bytes, next)); next = one.end) found.push(one);
    if (next === bytes.length) return found;
  }
  return [];
}

// The whole directory, read when the first mail is opened or where there is nothing to search.
function directoryOf(archive) {
  if (!archive.directory) {
    archive.directory = new Map();
    const bytes = slice(archive.file, archive.start, archive.size);
    for (let at = 0, one; (one = record(bytes, at)); at = one.end) {
      if (one.name.endsWith(".eml")) archive.directory.set(markOf(one.name), one);
    }
  }
  return archive.directory;
}

// The member at a place that a search file names, by its own header: nothing of the directory is
// read for it. Null where another stands there: the archive has been packed anew.
function memberAt(archive, place, mark) {
  if (!(place >= 0) || place + 30 > archive.start) return null;
  const head = view(slice(archive.file, place, Math.min(30 + 512, archive.start - place)));
  const nameSize = head.getUint16(26, true);
  if (head.getUint32(0, true) !== 0x04034b50 || 30 + nameSize > head.byteLength) return null;
  const name = decoder.decode(new Uint8Array(head.buffer, head.byteOffset + 30, nameSize));
  const [compressed, size] = [head.getUint32(18, true), head.getUint32(22, true)];
  const streamed = head.getUint16(6, true) & 8 || compressed === 0xffffffff;
  if (streamed || !name.endsWith(".eml") || markOf(name) !== mark) return null;
  return { name, method: head.getUint16(8, true), compressed, size, offset: place };
}

function markOf(name) {
  return name.slice(name.lastIndexOf("_") + 1, -4);
}

// 80 bits of the digest in base32, as in the names of members.
function markOfDigest(hex) {
  let bits = BigInt(`0x${hex.slice(0, 20)}`);
  let mark = "";
  for (let n = 0; n < 16; n += 1, bits >>= 5n) mark = "abcdefghijklmnopqrstuvwxyz234567"[Number(bits & 31n)] + mark;
  return mark;
}

function dataOf(archive, entry) {
  const head = view(slice(archive.file, entry.offset, 30));
  return entry.offset + 30 + head.getUint16(26, true) + head.getUint16(28, true);
}

// The time zone that names of members tell the time in, as the manifest says; undefined: it says none.
function zoneOf(archive, entries) {
  const entry = entries.find((one) => one.name === "archive.json");
  if (!entry || entry.size > 64 * 1024 || entry.compressed > 64 * 1024) return undefined;
  let bytes = slice(archive.file, dataOf(archive, entry), entry.compressed);
  if (entry.method === 8) bytes = inflateSync(bytes);
  return JSON.parse(decoder.decode(bytes)).dataset?.timezone;
}

// The lengths of the chunks of every search file, where the volume says them.
function chunksOf(archive, entries) {
  const entry = entries.find((one) => one.name === CHUNKS);
  if (!entry) return null;
  let bytes = slice(archive.file, dataOf(archive, entry), entry.compressed);
  if (entry.method === 8) bytes = inflateSync(bytes);
  const table = JSON.parse(decoder.decode(bytes));
  return table.version === 1 ? table : null;
}

// Where SQLite reads a search file: stored, it stands in the archive as it is; packed in chunks,
// those are unpacked that it asks for; packed otherwise (by another program), all of it is.
function placeOf(archive, entry, table) {
  const place = { file: archive.file, start: dataOf(archive, entry), size: entry.size };
  if (entry.method === 0) return place;
  const lengths = table?.files[SEARCH.exec(entry.name)[1] - 1];
  const sum = (lengths ?? []).reduce((total, length) => total + length, 0);
  // Behind the last chunk stands the end of the stream.
  if (lengths && sum <= entry.compressed && entry.compressed - sum < 8) {
    const starts = [];
    lengths.reduce((at, length) => (starts.push(at), at + length), place.start);
    return { ...place, chunk: table.chunk, starts, lengths, held: new Map() };
  }
  const bytes = slice(archive.file, place.start, entry.compressed);
  return { ...place, whole: inflateSync(bytes, { out: new Uint8Array(entry.size) }) };
}

function chunkOf(place, number) {
  const known = place.held.get(number);
  if (known) return known;
  if (place.held.size >= HELD) place.held.delete(place.held.keys().next().value);
  // A chunk ends at a whole byte but is not the last block: an empty one behind it is.
  const packed = new Uint8Array(place.lengths[number] + 5);
  packed.set(slice(place.file, place.starts[number], place.lengths[number]));
  packed.set([1, 0, 0, 0xff, 0xff], place.lengths[number]);
  const length = Math.min(place.chunk, place.size - number * place.chunk);
  const bytes = inflateSync(packed, { out: new Uint8Array(length) });
  place.held.set(number, bytes);
  return bytes;
}

function readAt(place, start, length) {
  if (place.whole) return place.whole.subarray(start, start + length);
  if (!place.chunk) return slice(place.file, place.start + start, length);
  const out = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const [number, inside] = [Math.floor((start + at) / place.chunk), (start + at) % place.chunk];
    const piece = chunkOf(place, number).subarray(inside, inside + length - at);
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

// A read-only file system for SQLite: a file is a stretch of an archive.
function install(sqlite3) {
  const { capi, wasm } = sqlite3;
  const vfs = new capi.sqlite3_vfs();
  const io = new capi.sqlite3_io_methods();
  vfs.$iVersion = 1;
  vfs.$szOsFile = capi.sqlite3_file.structInfo.sizeof;
  vfs.$mxPathname = 64;
  io.$iVersion = 1;
  const ok = () => 0;
  const never = () => capi.SQLITE_READONLY;
  sqlite3.vfs.installVfs({
    io: {
      struct: io,
      methods: {
        xClose: (p) => (places.delete(p), 0),
        xRead: (p, target, length, offset) => {
          const place = places.get(p);
          const start = Number(offset);
          const wanted = Math.max(0, Math.min(length, place.size - start));
          const heap = wasm.heap8u();
          heap.set(readAt(place, start, wanted), Number(target));
          if (wanted === length) return 0;
          heap.fill(0, Number(target) + wanted, Number(target) + length);
          return capi.SQLITE_IOERR_SHORT_READ;
        },
        xWrite: never, xTruncate: never, xSync: ok, xLock: ok, xUnlock: ok,
        xFileSize: (p, out) => (wasm.poke(out, BigInt(places.get(p).size), "i64"), 0),
        xCheckReservedLock: (p, out) => (wasm.poke(out, 0, "i32"), 0),
        xFileControl: () => capi.SQLITE_NOTFOUND,
        xSectorSize: () => 4096,
        xDeviceCharacteristics: () => capi.SQLITE_IOCAP_IMMUTABLE,
      },
    },
    vfs: {
      struct: vfs,
      name: "zip",
      methods: {
        xOpen: (p, name, pFile, flags, out) => {
          const place = opening[Number(wasm.cstrToJs(name).replace(/^\D*/, ""))];
          if (!place) return capi.SQLITE_CANTOPEN;
          const file = new capi.sqlite3_file(pFile);
          file.$pMethods = io.pointer;
          file.dispose();
          places.set(pFile, place);
          if (out) wasm.poke(out, flags, "i32");
          return 0;
        },
        xDelete: never,
        xAccess: (p, name, flags, out) => (wasm.poke(out, 0, "i32"), 0),
        xFullPathname: (p, name, length, out) => (wasm.cstrncpy(out, name, length) < length ? 0 : capi.SQLITE_CANTOPEN),
      },
    },
  });
}

const opening = [];

const calls = {
  async start({ wasmBinary, wasm }) {
    if (wasm) wasmBinary = await (await fetch(wasm)).arrayBuffer();
    sqlite = await sqlite3InitModule({ wasmBinary, print() {}, printErr() {} });
    install(sqlite);
  },
  open({ files }) {
    let mails = 0;
    for (const file of files) {
      const archive = { file, ...findDirectory(file), directory: null };
      archives.push(archive);
      const last = lastRecords(archive);
      const searchable = last.filter((entry) => SEARCH.test(entry.name) && [0, 8].includes(entry.method));
      const table = chunksOf(archive, last);
      archive.zone = zoneOf(archive, last);
      for (const entry of searchable) {
        opening.push(placeOf(archive, entry, table));
        const base = new sqlite.oo1.DB(`file:${opening.length - 1}?immutable=1`, "r", "zip");
        const [identity, version] = ["application_id", "user_version"].map((name) => base.selectValue(`PRAGMA ${name}`));
        if (identity !== 0x50594a53 || version !== 1) continue;
        base.exec("PRAGMA cache_size=-16000");
        bases.push({ base, archive, shift: table?.shifts?.[SEARCH.exec(entry.name)[1] - 1] });
        mails += base.selectValue("SELECT value FROM meta WHERE key='mails'");
      }
      archive.searchable = searchable.length > 0;
    }
    const bare = archives.filter((archive) => !archive.searchable);
    for (const archive of bare) mails += directoryOf(archive).size;
    return { mails, searchable: bases.length > 0, bare: bare.length, zone: archives[0].zone };
  },
  // A URL lives for minutes, a look into a file for longer.
  renew({ urls }) {
    archives.forEach(({ file }, index) => (file.url = urls[index]));
    return {};
  },
  find({ statement, values, everything }) {
    for (const cursor of rows) cursor.statement?.finalize();
    rows = bases.map(({ base, archive, shift }) => {
      const prepared = base.prepare(statement);
      if (values.length) prepared.bind(values);
      return { archive, shift, statement: prepared, row: null };
    });
    rows.forEach(advance);
    if (everything) {
      for (const archive of archives.filter((each) => !each.searchable)) {
        const offsetOf = offsetIn(archive.zone);
        const listed = Array.from(directoryOf(archive).entries(), ([mark, entry]) => bareRow(mark, entry, offsetOf));
        listed.sort((a, b) => b.at - a.at);
        const cursor = { archive, statement: null, listed, next: 0, row: null };
        advance(cursor);
        rows.push(cursor);
      }
    }
    return {};
  },
  more({ count }) {
    const found = [];
    while (found.length < count) {
      let best = null;
      for (const cursor of rows) if (cursor.row && (!best || cursor.row.at > best.row.at)) best = cursor;
      if (!best) break;
      found.push({ ...best.row, archive: archives.indexOf(best.archive) });
      advance(best);
    }
    return { found, more: rows.some((cursor) => cursor.row), bytesRead };
  },
  read({ archive, mark, place }) {
    const found = memberAt(archives[archive], place, mark) ?? directoryOf(archives[archive]).get(mark);
    if (!found) throw new Error("not_there");
    const bytes = slice(archives[archive].file, dataOf(archives[archive], found), found.compressed);
    return { bytes, method: found.method, size: found.size, name: found.name };
  },
};

function advance(cursor) {
  if (cursor.listed) {
    cursor.row = cursor.listed[cursor.next] ?? null;
    cursor.next += 1;
    return;
  }
  if (!cursor.statement.step()) {
    cursor.row = null;
    return;
  }
  const [at, size, attachments, digest, unique, subject, sender, recipients, offset] = cursor.statement.get([]);
  const mark = unique ?? markOfDigest(digest);
  const place = cursor.shift === undefined ? undefined : offset + cursor.shift;
  cursor.row = { at, size, attachments, mark, subject, sender, recipients, place };
}

// Of a volume without search files: what the name says.
function bareRow(mark, entry, offsetOf) {
  const base = entry.name.slice(entry.name.lastIndexOf("/") + 1);
  const found = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)_(.*)_[^_]*\.eml$/.exec(base);
  const local = found ? Date.UTC(found[1], found[2] - 1, found[3], found[4], found[5], found[6]) : 0;
  const at = local / 1000 - (found ? offsetOf(local - offsetOf(local) * 60_000) * 60 : 0);
  return { at, size: entry.size, attachments: null, mark, subject: found ? found[7] : base, sender: "", recipients: "" };
}

self.onmessage = async ({ data: { id, call, ...given } }) => {
  try {
    const answer = await calls[call](given);
    self.postMessage({ id, answer });
  } catch (error) {
    self.postMessage({ id, error: String(error?.message ?? error) });
  }
};
