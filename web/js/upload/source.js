// Files on this computer: choosing and dropping them, folders included, and knowing them again.

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

/** Asks for files: `[{file, path, handle}]`, empty when the person thought better of it. `input` is
 *  the hidden file field that is used where the browser cannot give out handles. */
export async function choose(input, { multiple = true } = {}) {
  if (!window.showOpenFilePicker) return chooseByInput(input, multiple);
  const accept = { "application/zip": [".zip"], "message/rfc822": [".eml"] };
  try {
    const handles = await window.showOpenFilePicker({
      types: [{ description: "ZIP, EML", accept }],
      id: "pyeonji-zip",
      multiple,
    });
    return Promise.all(
      handles.map(async (handle) => ({ file: await handle.getFile(), path: handle.name, handle })),
    );
  } catch (error) {
    if (error.name === "AbortError") return [];
    return chooseByInput(input, multiple); // a policy may forbid the picker, but not the plain field
  }
}

/** The files of the hidden field; of a whole folder where `input` is one for folders. */
export function chooseByInput(input, multiple = true) {
  return new Promise((done) => {
    input.value = "";
    input.multiple = multiple;
    const finish = () => {
      input.removeEventListener("change", finish);
      input.removeEventListener("cancel", finish);
      done([...input.files].map((file) => ({ file, path: pathOf(file), handle: null })));
    };
    input.addEventListener("change", finish);
    input.addEventListener("cancel", finish);
    input.click();
  });
}

const pathOf = (file) => file.webkitRelativePath || file.name;

/** What was dropped, folders with everything in them: `[{file, path, handle}]`. */
export async function dropped(event) {
  const items = [...event.dataTransfer.items].filter((each) => each.kind === "file");
  // Everything must be taken before the first await: the event's list is empty afterwards.
  const taken = items.map((item) => ({
    file: item.getAsFile(),
    entry: item.webkitGetAsEntry?.() ?? null,
    asking: item.getAsFileSystemHandle?.() ?? null,
  }));
  const found = [];
  for (const { file, entry, asking } of taken) {
    if (entry?.isDirectory) await everyFile(entry, found);
    else if (file) {
      const handle = asking ? await asking.catch(() => null) : null;
      found.push({ file, path: file.name, handle: handle?.kind === "file" ? handle : null });
    }
  }
  return found;
}

async function everyFile(entry, found) {
  if (entry.isFile) {
    const file = await new Promise((done, fail) => entry.file(done, fail));
    found.push({ file, path: entry.fullPath.replace(/^\//, ""), handle: null });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length) return; // it answers a hundred at a time, and none at the end
    for (const each of some) await everyFile(each, found);
  }
}

/** The file behind a remembered handle, asking for permission if need be; null when it is gone or
 *  refused. Must be called from a click. */
export async function reopen({ handle }) {
  if (!handle) return null;
  try {
    let allowed = await handle.queryPermission({ mode: "read" });
    if (allowed === "prompt") allowed = await handle.requestPermission({ mode: "read" });
    return allowed === "granted" ? await handle.getFile() : null;
  } catch {
    return null; // moved, renamed or deleted: the person is asked to choose it again
  }
}
