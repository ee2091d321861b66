// Pieces that several screens use: messages, badges, progress, dialogs.

import { busy, fill, focusTitle, h, icon, isBusy } from "./dom.js";
import { explain } from "./errors.js";
import { t } from "./i18n.js";

/** Says something to a screen reader without moving anything. */
export function announce(text) {
  const region = document.getElementById("said");
  region.textContent = "";
  setTimeout(() => (region.textContent = text), 50); // an unchanged text would not be read again
}

/** A boxed message. `kind`: info, good, warn, bad. */
export function note(kind, ...children) {
  const role = kind === "bad" ? "alert" : null;
  return h(
    "div",
    { class: `note ${kind}`, role },
    icon(kind === "good" ? "check" : "alert"),
    h("div", { class: "note-text" }, children),
  );
}

export const badge = (kind, text) => h("span", { class: `badge ${kind}` }, text);

/** A short message that goes away by itself, and is read out. */
export function toast(text) {
  const node = h("p", { class: "toast" }, text);
  document.getElementById("toasts").replaceChildren(node);
  announce(text);
  setTimeout(() => node.remove(), 6_000);
}

/** A progress bar with its line of text below; `set(part, text)`, part null while unknown. */
export function progressLine(label) {
  const bar = h("progress", { max: "1", "aria-label": label });
  const text = h("p", { class: "progress-text" });
  return {
    node: h("div", { class: "progress" }, bar, text),
    set(part, words) {
      if (part === null || part === undefined) bar.removeAttribute("value");
      else bar.value = part;
      if (text.textContent !== words) text.textContent = words;
    },
  };
}

/** A button that runs `act` and shows what went wrong in `problems` (a node) or as a toast. */
export function actionButton(label, act, { kind = "", name, problems, fk } = {}) {
  const node = h(
    "button",
    { type: "button", class: `button ${kind}`, "aria-label": name, "data-fk": fk ?? null },
    label,
  );
  node.addEventListener("click", async () => {
    if (isBusy(node)) return;
    busy(node, true);
    if (problems) fill(problems);
    try {
      await act();
    } catch (error) {
      if (problems) fill(problems, note("bad", explain(error)));
      else toast(explain(error));
    } finally {
      busy(node, false);
    }
  });
  return node;
}

/** A button for what cannot fail. */
export const plainButton = (label, act) =>
  h("button", { type: "button", class: "button", onclick: act }, label);

let counter = 0;
export const freshId = (name) => `${name}-${(counter += 1)}`;

/** Opens a modal dialog. `build(close)` answers `{body, aside, foot}`
 *  (the last two stay in sight while the body scrolls); `closed(result)` is awaited by the
 *  caller as the promise's value. Escape closes with undefined. */
export function dialog({ title, wide = false, build }) {
  const heading = h("h2", { id: freshId("dialog"), tabindex: "-1" }, title);
  const node = h("dialog", { class: wide ? "wide" : null, "aria-labelledby": heading.id });
  let result;
  let done;
  const closed = new Promise((resolve) => (done = resolve));
  const opener = document.activeElement;
  // The browser gives the focus back at once and tells of the closing later; whoever presses the
  // button that opened the dialog in between must not find it still at work.
  const finish = () => {
    node.remove();
    giveBack(opener);
    done(result);
  };
  const close = (value) => {
    result = value;
    node.close();
    finish();
  };
  const cross = h(
    "button",
    { type: "button", class: "close", "aria-label": t("action.close"), onclick: () => close() },
    "×",
  );
  const { body, aside, foot } = build(close);
  fill(
    node,
    h("div", { class: "dialog-head" }, heading, cross),
    h("div", { class: "dialog-body" }, body),
    aside && h("div", { class: "dialog-aside" }, aside),
    foot && h("div", { class: "dialog-foot" }, foot),
  );
  document.body.append(node);
  node.showModal();
  heading.focus();
  node.addEventListener("cancel", (event) => {
    if (event.target !== node) return; // a file chooser's own
    event.preventDefault();
    close();
  });
  node.addEventListener("close", () => {
    if (node.isConnected) finish(); // the screen changed, or the browser would not ask first
  });
  return closed;
}

/** The focus returns to what opened the dialog, or to what was drawn in its place meanwhile. */
function giveBack(opener) {
  const key = opener?.dataset?.fk;
  const now = opener?.isConnected
    ? opener
    : key && document.querySelector(`[data-fk="${CSS.escape(key)}"]`);
  if (now) now.focus();
  else focusTitle();
}

/** Closes whatever dialog is open (the session ended, the screen changed). */
export function closeDialogs() {
  for (const node of document.querySelectorAll("dialog[open]")) node.close();
}

/** Asks before something that cannot be undone; runs it inside the dialog. True when done. */
export function confirmAction({ title, text, label, run }) {
  return dialog({
    title,
    build(close) {
      const problems = h("div");
      const act = async () => {
        await run();
        close(true);
      };
      return {
        body: [[text].flat().map((line) => h("p", null, line)), problems],
        foot: [
          plainButton(t("action.back"), () => close(false)),
          actionButton(label, act, { kind: "danger", problems }),
        ],
      };
    },
  });
}

/** Title row of a screen. The heading takes the focus when the screen opens. */
export function pageHead(title, lead, ...actions) {
  return h(
    "div",
    { class: "page-head" },
    h("div", null, h("h1", { tabindex: "-1" }, title), lead && h("p", { class: "lead" }, lead)),
    h("div", { class: "page-actions" }, actions),
  );
}

/** What stands where a list will be, while it is fetched. */
export const loading = () => h("p", { class: "loading" }, t("loading"));
