// Small helpers over the DOM. No template strings become markup anywhere on this page: text is
// always set as text, so a file name or a subject line can never turn into an element.

const SVG = "http://www.w3.org/2000/svg";

/** Makes an element. `props`: attributes; `on…` functions are listeners, `class` and `text` as read,
 *  null/undefined/false are left out. Children may be nested arrays, null or strings. */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  apply(node, props);
  add(node, children);
  return node;
}

/** The same for SVG (icons, the QR code). */
export function svg(tag, props, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props ?? {})) node.setAttribute(name, value);
  add(node, children);
  return node;
}

function apply(node, props) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else if (name === "value" || name === "checked") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
}

function add(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child);
  }
}

/** Replaces the children of `node`; the focus stays on the element with the same `data-fk`. */
export function fill(node, ...children) {
  const held = node.contains(document.activeElement) ? document.activeElement.dataset.fk : null;
  node.replaceChildren();
  add(node, children);
  if (held) node.querySelector(`[data-fk="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
}

/** A list whose rows keep their nodes between refreshes, so that focus, open details and the scroll
 *  position survive a poll. `create(item)` answers `{node, update(item)}`. */
export class KeyedList {
  constructor(container, key, create) {
    Object.assign(this, { container, key, create, rows: new Map() });
  }

  update(items) {
    const seen = new Set();
    let before = this.container.firstElementChild;
    for (const item of items) {
      const key = this.key(item);
      seen.add(key);
      let row = this.rows.get(key);
      if (row) row.update(item);
      else this.rows.set(key, (row = this.create(item)));
      if (row.node === before) before = before.nextElementSibling;
      else this.container.insertBefore(row.node, before);
    }
    for (const [key, row] of this.rows) {
      if (seen.has(key)) continue;
      if (row.node.contains(document.activeElement)) focusTitle();
      row.dispose?.();
      row.node.remove();
      this.rows.delete(key);
    }
  }

  /** Lets go of what the rows listen to: the screen is left. */
  dispose() {
    for (const row of this.rows.values()) row.dispose?.();
  }
}

/** Where the focus goes when what held it is gone. */
export function focusTitle() {
  document.querySelector("main h1")?.focus({ preventScroll: true });
}

const PATHS = {
  download: "M8 2v8m0 0 3-3m-3 3L5 7M3 13h10",
  check: "m3 8.5 3.2 3.2L13 5",
  alert: "M8 4.5v4.2m0 2.6v.2M8 1.8 15 14H1z",
  plus: "M8 3v10M3 8h10",
  file: "M4 1.8h5.2L12 4.6v9.6H4zM9 2v3h3",
};

export function icon(name) {
  const path = svg("path", { d: PATHS[name] });
  return svg("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, path);
}

/** Marks a button as at work. Not `disabled`: that would take the focus away from it. */
export function busy(button, on) {
  for (const name of ["aria-busy", "aria-disabled"]) {
    if (on) button.setAttribute(name, "true");
    else button.removeAttribute(name);
  }
}

/** Whether a press of it must be passed over. */
export const isBusy = (button) => button.hasAttribute("aria-busy");
