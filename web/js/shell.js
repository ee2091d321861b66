// The frame around every screen: name, account, language, the four tabs, the word about the network.

import { fill, focusTitle, h } from "./dom.js";
import { t } from "./i18n.js";
import * as session from "./session.js";

const TABS = ["backups", "uploads", "mailboxes", "move"];

/** Draws the frame; `current`: the tab that is shown, null while nobody is signed in. */
export function frame(app, current) {
  const top = document.getElementById("top");
  fill(
    top,
    h("button", { type: "button", class: "skip", onclick: focusTitle }, t("skip")),
    h(
      "div",
      { class: "bar" },
      h(
        "a",
        { class: "brand", href: current ? "#/backups" : location.pathname },
        h("span", { class: "stamp", "aria-hidden": "true" }, "편"),
        h("span", null, t("brand")),
      ),
      h("div", { class: "bar-end" }, languages(app), current && account(app)),
    ),
    current && crumbs(app),
    current && tabs(current),
  );
  fill(document.getElementById("foot"), h("p", null, t("footer")));
  document.body.classList.toggle("signed-out", !current);
  network();
}

function languages(app) {
  const button = (code, name) =>
    h(
      "button",
      {
        type: "button",
        lang: code,
        class: "language",
        "data-fk": `language-${code}`,
        "aria-pressed": String(app.language() === code),
        onclick: () => app.switchLanguage(code),
      },
      name,
    );
  return h(
    "div",
    { class: "languages", role: "group", "aria-label": t("language") },
    button("ko", "한국어"),
    button("en", "English"),
  );
}

function account(app) {
  return h(
    "div",
    { class: "who" },
    h("a", { href: "#/account", "data-fk": "account" }, session.email() ?? ""),
    h(
      "button",
      {
        type: "button",
        class: "button quiet",
        "data-fk": "sign-out",
        onclick: () => app.signOut(),
      },
      t("action.sign_out"),
    ),
  );
}

function crumbs(app) {
  const company = app.me?.company.name ?? " ";
  return h(
    "p",
    { class: "crumbs" },
    h("span", { class: "company" }, company),
    h("span", { "aria-hidden": "true" }, " · "),
    t("crumbs"),
  );
}

function tabs(current) {
  const link = (name) =>
    h(
      "li",
      null,
      h(
        "a",
        {
          href: `#/${name}`,
          "data-fk": `tab-${name}`,
          "aria-current": name === current ? "page" : null,
        },
        t(`tab.${name}`),
      ),
    );
  return h("nav", { class: "tabs", "aria-label": t("tabs") }, h("ul", null, TABS.map(link)));
}

function network() {
  const bar = document.getElementById("network");
  bar.textContent = navigator.onLine ? "" : t("offline");
  bar.classList.toggle("on", !navigator.onLine);
}

window.addEventListener("online", network);
window.addEventListener("offline", network);
