// The file on this computer: choosing it, recognising it again.

const EDGE = 256 * 1024;

/** SHA-256 over the size and both ends of a file, as hex. The end of a ZIP is its directory with
 *  every member's checksum, so two different archives do not share it. */
export async function fingerprint(file) {
  const ends = new Blob([
    `${file.size}\n`,
    file.slice(0, EDGE),
    file.slice(Math.max(0, file.size - EDGE)),
  ]);
  const digest = await crypto.subtle.digest("SHA-256", await ends.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Is it the file of that record? */
export async function isSame(file, record) {
  return file.size === record.size && (await fingerprint(file)) === record.fingerprint;
}

/** Asks for a ZIP: `{file, handle}` or null when the person thought better of it. `input` is the
 *  hidden file field that is used where the browser cannot give out handles. */
export async function choose(input) {
  if (!window.showOpenFilePicker) return chooseByInput(input);
  const types = [{ description: "ZIP", accept: { "application/zip": [".zip"] } }];
  try {
    const [handle] = await window.showOpenFilePicker({ types, id: "pyeonji-zip" });
    return { file: await handle.getFile(), handle };
  } catch (error) {
    if (error.name === "AbortError") return null;
    return chooseByInput(input); // a policy may forbid the picker, but not the plain field
  }
}

function chooseByInput(input) {
  return new Promise((done) => {
    input.value = "";
    const finish = () => {
      input.removeEventListener("change", finish);
      input.removeEventListener("cancel", finish);
      done(input.files.length ? { file: input.files[0], handle: null } : null);
    };
    input.addEventListener("change", finish);
    input.addEventListener("cancel", finish);
    input.click();
  });
}

/** What was dropped: `{file, handle}`, or null when it was no file. */
export async function dropped(event) {
  const item = [...event.dataTransfer.items].find((each) => each.kind === "file");
  if (!item) return null;
  const file = item.getAsFile(); // must be taken before the first await
  const asking = item.getAsFileSystemHandle?.();
  const handle = asking ? await asking.catch(() => null) : null;
  if (handle?.kind === "directory") return null;
  return file ? { file, handle } : null;
}

/** The file behind a remembered handle, asking for permission if need be; null when it is gone or
 *  refused. Must be called from a click. */
export async function reopen(record) {
  const { handle } = record;
  if (!handle) return null;
  try {
    let allowed = await handle.queryPermission({ mode: "read" });
    if (allowed === "prompt") allowed = await handle.requestPermission({ mode: "read" });
    return allowed === "granted" ? await handle.getFile() : null;
  } catch {
    return null; // moved, renamed or deleted: the person is asked to choose it again
  }
}
