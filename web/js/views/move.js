// Bringing mail from another provider: the program for it, and the first steps at each provider.

import { html, useEffect, useState } from "../../vendor/htm-preact/standalone.mjs";
import { bytes } from "../format.js";
import { t } from "../i18n.js";
import { Icon, Note, PageHead } from "../parts.js";
import { Standing } from "./notready.js";

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

export const View = ({ me }) =>
  html`<${PageHead} title=${t("move.title")} lead=${t("move.lead")} />
    <${Standing} me=${me} />
    <section class="sheet padded"><h2>${t("move.program")}</h2><${Programs} /></section>
    <section class="sheet padded">
      <h2>${t("move.steps")}</h2>
      <ol class="steps">
        ${[1, 2, 3, 4].map((step) => html`<li>${t(`move.step${step}`)}</li>`)}
      </ol>
    </section>
    <section class="sheet padded">
      <h2>${t("move.providers")}</h2>
      <p class="soft">${t("move.providers_text")}</p>
      ${PROVIDERS.map((name) => html`<${Provider} name=${name} />`)}
    </section>`;

const Provider = ({ name }) =>
  html`<details class="provider">
    <summary>${t(`move.${name}`)}</summary>
    <ol class="steps">
      ${t(`move.${name}_steps`)
        .split("\n")
        .map((line) => html`<li>${line}</li>`)}
    </ol>
    ${SERVERS[name] && html`<p class="soft">${t("move.server")} <code>${SERVERS[name]}</code></p>`}
  </details>`;

/** What the operator has put up for download: `/downloads/clients.json`, a list of
 *  `{system, filename, bytes, version}` beside the files. Without it, who to ask. */
function Programs() {
  const [files, setFiles] = useState(null);
  useEffect(() => {
    fetch("/downloads/clients.json", { cache: "no-cache" })
      .then((answer) => answer.json())
      .then((found) => setFiles(found.files))
      .catch(() => setFiles([])); // not put up on this server
  }, []);
  if (!files) return null;
  if (!files.length) return html`<${Note} kind="info">${t("move.no_program")}<//>`;
  return files.map(
    (file) =>
      html`<p class="program">
        <a class="button" href="/downloads/${encodeURIComponent(file.filename)}" download="">
          <${Icon} name="download" />${t(`move.system_${file.system}`)}
        </a>
        <span class="soft">${file.version} · ${bytes(file.bytes)}</span>
      </p>`,
  );
}
