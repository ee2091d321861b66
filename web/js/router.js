// `#/backups`, `#/uploads/<id>` … The path of the page stays the company's address (`/acme.example`).

import { Value } from "./store.js";

/** What was meant by a part of an address; as it stands where the address was cut or mangled. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function read() {
  const { hash } = location;
  if (!hash.startsWith("#/")) return [];
  return hash.slice(2).split("/").filter(Boolean).map(decoded);
}

/** ["uploads", "<id>"] of the current address. */
export const place = new Value(read());

export const address = (...parts) => `#/${parts.map(encodeURIComponent).join("/")}`;

export function go(...parts) {
  location.hash = address(...parts);
}

/** The company of this address, lower case, or null: the first part of the path, if it is a domain. */
export function company() {
  const first = decoded(location.pathname.split("/")[1] ?? "").toLowerCase();
  return /^[^@\s/\\]+\.[^@\s/\\.]+$/.test(first) && !first.endsWith(".html") ? first : null;
}

/** The company's own address. Never the path as it stands: `//evil.example` is another site. */
export const home = () => `/${encodeURIComponent(company() ?? "")}`;

/** Puts another screen in the place of this one, without a step for the back button. */
export function replace(address) {
  history.replaceState(null, "", address);
  place.set(read());
}

window.addEventListener("hashchange", () => place.set(read()));
