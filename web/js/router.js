// `#/backups`, `#/uploads/<id>` … The path of the page stays the company's address (`/acme.example`).

/** What was meant by a part of an address; as it stands where the address was cut or mangled. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** ["uploads", "<id>"] of the current address. */
export function place() {
  const { hash } = location;
  if (!hash.startsWith("#/")) return [];
  return hash.slice(2).split("/").filter(Boolean).map(decoded);
}

export function go(...parts) {
  location.hash = `#/${parts.map(encodeURIComponent).join("/")}`;
}

/** The company of this address, lower case, or null: the first part of the path, if it is a domain. */
export function company() {
  const first = decoded(location.pathname.split("/")[1] ?? "").toLowerCase();
  return /^[^@\s]+\.[^@\s.]+$/.test(first) && !first.endsWith(".html") ? first : null;
}

export function onChange(listener) {
  window.addEventListener("hashchange", listener);
}
