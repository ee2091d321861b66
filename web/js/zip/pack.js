// Loose mails as ZIPs: stored members, made of the files themselves. A Blob of Blobs stays on disk, so
// a folder of 1 GB costs no memory; each file is read once, for its checksum. The same files give the
// same bytes, so that an upload that was broken off can go on.

import { crc32 } from "./names.js";

const FULL = 60_000; // members; at 65,536 another form of ZIP begins
const ROOM = 64 * 1024 * 1024; // below the limit, for directory and growth
const UTF8 = 0x0800;
const text = new TextEncoder();

/** `[{file, path}]` as ZIPs below `limit` bytes, each a File named `name`, `name (2)` …
 *  `tell(done)` counts the files read. Raises the browser's error when one cannot be read. */
export async function pack(files, { name, limit, tell }) {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const zips = [];
  let zip = new Writer();
  let done = 0;
  for (const { file, path } of sorted) {
    if (zip.count && (zip.count >= FULL || zip.size + file.size > limit - ROOM)) {
      zips.push(zip);
      zip = new Writer();
    }
    await zip.add(file, path);
    tell((done += 1));
  }
  zips.push(zip);
  return zips.map((each, index) => each.file(index ? `${name} (${index + 1}).zip` : `${name}.zip`));
}

class Writer {
  constructor() {
    Object.assign(this, { parts: [], directory: [], size: 0, count: 0 });
  }

  async add(file, path) {
    const crc = await checksum(file);
    const name = text.encode(path);
    const common = head(file, name, crc);
    const local = record(0x04034b50, [], common, [], name);
    this.directory.push(
      record(0x02014b50, [[2, 20]], common, [[2, 0], [2, 0], [2, 0], [4, 0], [4, this.size]], name),
    );
    this.parts.push(local, file);
    this.size += local.length + file.size;
    this.count += 1;
  }

  file(name) {
    const length = this.directory.reduce((sum, each) => sum + each.length, 0);
    const end = fields([[4, 0x06054b50], [2, 0], [2, 0], [2, this.count], [2, this.count], [4, length], [4, this.size], [2, 0]]);
    return new File([...this.parts, ...this.directory, end], name, { type: "application/zip" });
  }
}

/** The fields that local header and directory share, up to the length of the extra field. */
function head(file, name, crc) {
  const when = new Date(file.lastModified);
  const year = Math.min(2107, Math.max(1980, when.getFullYear())) - 1980;
  const date = (year << 9) | ((when.getMonth() + 1) << 5) | when.getDate();
  const time = (when.getHours() << 11) | (when.getMinutes() << 5) | (when.getSeconds() >> 1);
  return [[2, 20], [2, UTF8], [2, 0], [2, time], [2, date], [4, crc], [4, file.size], [4, file.size], [2, name.length], [2, 0]];
}

function record(mark, before, common, after, name) {
  const fixed = fields([[4, mark], ...before, ...common, ...after]);
  const whole = new Uint8Array(fixed.length + name.length);
  whole.set(fixed);
  whole.set(name, fixed.length);
  return whole;
}

/** Little-endian numbers, each [bytes, value]. */
function fields(numbers) {
  const view = new DataView(new ArrayBuffer(numbers.reduce((sum, [width]) => sum + width, 0)));
  let at = 0;
  for (const [width, value] of numbers) {
    if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += width;
  }
  return new Uint8Array(view.buffer);
}

async function checksum(file) {
  const reader = file.stream().getReader();
  let crc;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return crc === undefined ? 0 : crc;
    crc = crc32(value, crc);
  }
}
