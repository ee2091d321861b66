// Bringing mail from another provider: the program for it, and the first steps at each provider.

import { fill, h, icon } from "../dom.js";
import { bytes } from "../format.js";
import { t } from "../i18n.js";
import { note, pageHead } from "../ui.js";
import { notReady } from "./notready.js";

const PROVIDERS = ["naver", "daum", "gmail", "outlook", "nate", "hiworks", "other"];

// Server, port and security of each; the client's presets are the same.
const SERVERS = {
  naver: "imap.naver.com · 993 · SSL/TLS",
  daum: "imap.daum.net · 993 · SSL/TLS",
  gmail: "imap.gmail.com · 993 · SSL/TLS",
  outlook: "outlook.office365.com · 993 · SSL/TLS",
  nate: "imap.nate.com · 993 · SSL/TLS",
  hiworks: "imap.hiworks.com · 993 · SSL/TLS",
};

export async function show(main, app) {
  const programs = h("section", { class: "card" }, h("h2", null, t("move.program")));
  fill(
    main,
    pageHead(t("move.title"), t("move.lead")),
    notReady(app.me),
    programs,
    h(
      "section",
      { class: "card" },
      h("h2", null, t("move.steps")),
      h(
        "ol",
        { class: "steps" },
        [1, 2, 3, 4].map((step) => h("li", null, t(`move.step${step}`))),
      ),
    ),
    h(
      "section",
      { class: "card" },
      h("h2", null, t("move.providers")),
      h("p", { class: "soft" }, t("move.providers_text")),
      PROVIDERS.map(provider),
    ),
  );
  programs.append(...(await downloads()));
}

function provider(name) {
  return h(
    "details",
    { class: "provider" },
    h("summary", null, t(`move.${name}`)),
    h(
      "ol",
      { class: "steps" },
      t(`move.${name}_steps`)
        .split("\n")
        .map((line) => h("li", null, line)),
    ),
    SERVERS[name] &&
      h("p", { class: "soft" }, t("move.server"), " ", h("code", null, SERVERS[name])),
  );
}

/** What the operator has put up for download: `/downloads/clients.json`, a list of
 *  `{system, filename, bytes, version}` beside the files. Without it, who to ask. */
async function downloads() {
  try {
    const answer = await fetch("/downloads/clients.json", { cache: "no-cache" });
    const { files } = await answer.json();
    return files.map((file) =>
      h(
        "p",
        { class: "line" },
        h(
          "a",
          {
            class: "button",
            href: `/downloads/${encodeURIComponent(file.filename)}`,
            download: "",
          },
          icon("download"),
          t(`move.system_${file.system}`),
        ),
        h("span", { class: "soft" }, `${file.version} · ${bytes(file.bytes)}`),
      ),
    );
  } catch {
    return [note("info", t("move.no_program"))]; // not put up on this server
  }
}
