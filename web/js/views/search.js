// Mails by what stands in them.

import { html, useEffect, useState } from "../../vendor/htm-preact/standalone.mjs";
import * as api from "../api.js";
import { t } from "../i18n.js";
import { fetchMailboxes, pathName } from "../mailbox_names.js";
import { Mails } from "../mail_list.js";
import { Action, Empty, Icon, Note, PageHead } from "../parts.js";
import { go } from "../router.js";
import { readMail } from "../reading.js";
import { useScroll } from "../scroll.js";
import { askFor } from "./backups.js";

const WAYS = ["words", "phrase", "from", "subject", "file", "dates", "larger", "attachment", "unread", "minus"];

export const View = ({ rest: [q = "", opened] }) =>
  q ? html`<${Found} q=${q} opened=${opened} />` : html`<${PageHead} title=${t("search.title")} /><${Ways} />`;

function Found({ q, opened }) {
  const [paths, setPaths] = useState(null);
  useEffect(() => {
    fetchMailboxes().then(
      ({ mailboxes }) => setPaths(new Map(mailboxes.map(({ id, path }) => [id, pathName(path)]))),
      () => null, // rows without the name of their mailbox, then
    );
  }, []);
  const list = useScroll((after) => api.search(q, after), "messages");
  const [first] = list.pages;
  const some = list.pages.some(({ rows }) => rows.length);
  const backUp = () => {
    askFor({ query: q });
    go("backups");
  };
  return html`<${Mails}
    ...${{ list, opened, label: t("search.results"), base: ["search", q], read: readMail }}
    marked=${q.replace(/\S+:\S+|-\S+/g, "")}
    idOf=${(row) => `${row.mailbox_id}.${row.key}`}
    one=${(id) => api.mail(...splitOnce(id))}
    placeOf=${(row) => paths?.get(row.mailbox_id)}
    empty=${html`<${Empty} title=${t("search.none")}><p>${t("search.none_text")}</p><//><${Ways} />`}
  >
    ${!opened &&
    html`<${PageHead} title=${t("search.for", { q })} name=${t("search.for", { q })}>
      ${some &&
      html`<${Action} what="back-up-found" run=${backUp}><${Icon} name="download" />${t("search.back_up")}<//>`}
    <//>`}
    ${first?.waiting > 0 && html`<${Note} kind="info">${t("search.waiting")}<//>`}
  <//>`;
}

const splitOnce = (id) => [id.slice(0, id.indexOf(".")), id.slice(id.indexOf(".") + 1)];

/** How one may search. */
const Ways = () =>
  html`<section class="sheet padded">
    <h2>${t("search.ways")}</h2>
    <dl class="facts ways">
      ${WAYS.map((way) => [
        html`<dt><code>${t(`search.way.${way}`)}</code></dt>`,
        html`<dd>${t(`search.way_text.${way}`)}</dd>`,
      ])}
    </dl>
  </section>`;
