// ZIPs with a password, opened on this computer. The password goes nowhere: what is sent is the mail.

import { decodeName } from "./names.js";

/** The password is not that of the file. */
export class PasswordError extends Error {}

const WRONG = new Set(["Invalid password", "Invalid signature"]);

/** Every file of a ZIP, `[{file, path}]`, in its order; `tell(done, total)` on the way. Raises
 *  PasswordError, or zip.js's own error where the ZIP cannot be read. */
export async function unlock(file, password, tell) {
  const zip = await import("../../vendor/zip.js/zip-core-external.min.js");
  zip.configure({ useWebWorkers: false }); // they would come from a blob, which no policy of ours allows
  const reader = new zip.ZipReader(new zip.BlobReader(file), { checkSignature: true });
  let spellings = spellingsOf(password);
  const open = async (entry) => {
    if (!entry.encrypted) return entry.getData(new zip.BlobWriter());
    for (const rawPassword of spellings) {
      try {
        const data = await entry.getData(new zip.BlobWriter(), { rawPassword });
        spellings = [rawPassword];
        return data;
      } catch (error) {
        if (!WRONG.has(error.message)) throw error;
      }
    }
    throw new PasswordError();
  };
  try {
    const entries = (await reader.getEntries()).filter((entry) => !entry.directory);
    const found = [];
    for (const entry of entries) {
      const path = decodeName(entry.rawFilename, null);
      const modified = entry.lastModDate?.getTime();
      found.push({ file: new File([await open(entry)], path, { ...(modified && { lastModified: modified }) }), path });
      tell(found.length, entries.length);
    }
    return found;
  } finally {
    await reader.close();
  }
}

/** The bytes a password may be: in UTF-8, and as Korean programs for Windows write it. */
function spellingsOf(password) {
  const utf8 = new TextEncoder().encode(password);
  if (utf8.length === password.length) return [utf8];
  const decoder = new TextDecoder("euc-kr", { fatal: true });
  const korean = new Map();
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x41; trail <= 0xfe; trail += 1) {
      try {
        korean.set(decoder.decode(new Uint8Array([lead, trail])), [lead, trail]);
      } catch {
        // no such pair
      }
    }
  }
  const bytes = Array.from(password, (sign) => (sign < "\u0080" ? [sign.charCodeAt(0)] : korean.get(sign)));
  return bytes.includes(undefined) ? [utf8] : [utf8, new Uint8Array(bytes.flat())];
}
