// What this browser remembers of the uploads it began, in IndexedDB: enough to go on after the tab,
// the browser or the PC went away. The file itself is remembered only as a handle, where the browser
// has such a thing; its bytes are never copied.

const NAME = "pyeonji";
const STORE = "uploads";
let opening = null;

function open() {
  opening ??= new Promise((done, fail) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  return opening;
}

async function run(mode, act) {
  const database = await open();
  return new Promise((done, fail) => {
    const transaction = database.transaction(STORE, mode);
    const request = act(transaction.objectStore(STORE));
    transaction.oncomplete = () => done(request.result);
    transaction.onerror = () => fail(transaction.error);
    transaction.onabort = () => fail(transaction.error);
  });
}

/** Records `{id, account, name, size, fingerprint, part_bytes, parts, handle}`. In a private window
 *  there may be no store: the upload then works, and only cannot be resumed after closing. */
export async function remember(record) {
  try {
    await run("readwrite", (store) => store.put(record));
    return true;
  } catch {
    return false;
  }
}

export async function forget(id) {
  try {
    await run("readwrite", (store) => store.delete(id));
  } catch {
    return; // nothing was remembered, so nothing is left
  }
}

/** The records of this account, by upload id. */
export async function remembered(account) {
  try {
    const all = await run("readonly", (store) => store.getAll());
    return new Map(all.filter((record) => record.account === account).map((r) => [r.id, r]));
  } catch {
    return new Map();
  }
}
