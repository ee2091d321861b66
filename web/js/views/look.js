// A finished file of a backup, looked into where it lies: listed, searched, read, by ranges.

import { html, useEffect, useRef, useState } from "../../vendor/htm-preact/standalone.mjs";
import * as api from "../api.js";
import { Mistake } from "../errors.js";
import { bytes } from "../format.js";
import { t } from "../i18n.js";
import { Mails } from "../mail_list.js";
import { Empty, Failed, Icon, Loading, Note, PageHead } from "../parts.js";
import { address, go } from "../router.js";
import { openVolume } from "../reading.js";
import { useScroll } from "../scroll.js";

const PAGE = 50;
const EARLY_MS = 30_000; // before its address ends a new one is asked for

export function View({ me, rest: [place, opened] }) {
  const [state, set] = useState({ look: null, error: null });
  const held = useRef(null);
  const open = async () => {
    set({ look: null, error: null });
    try {
      held.current = await lookInto(place, me.timezone);
      set({ look: held.current, error: null });
    } catch (error) {
      set({ look: null, error });
    }
  };
  useEffect(() => {
    open();
    return () => held.current?.close();
  }, []);
  const back = html`<p class="back"><a href=${address("backups")}><${Icon} name="back" />${t("look.back")}</a></p>`;
  const { look, error } = state;
  if (error) return html`${back}<${Failed} list=${{ error, refresh: open }} />`;
  if (!look) return html`${back}<p class="soft">${t("look.opening")}</p><${Loading} />`;
  return html`<${Look} ...${{ look, place, opened, back }} />`;
}

/** The file, opened: `{file, mails, searchable, page(query), read(row), close()}`. */
async function lookInto(place, zone) {
  const [id, number] = [place.slice(0, place.lastIndexOf(".")), Number(place.slice(place.lastIndexOf(".") + 1))];
  const file = (await api.backup(id)).volumes.find((each) => each.number === number);
  if (file?.state !== "ready") throw new Mistake(t("look.gone"));
  let until = 0;
  const fresh = async (use) => {
    if (Date.now() < until - EARLY_MS) return;
    const { url, expires_at: end } = await api.volumeUrl(id, number);
    until = Date.parse(end);
    await use(url);
  };
  const { volume, offsetOf, QueryError, close } = await openVolume(zone);
  const saying = async (ask) => {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof QueryError) throw new Mistake(t("look.query", { q: error.message }));
      // What the workers report has no kind of its own; the lost network is the likeliest.
      throw error.constructor === Error ? new Mistake(t(navigator.onLine ? "look.gone" : "error.network")) : error;
    }
  };
  let info;
  await saying(() => fresh(async (url) => (info = await volume.open([{ url, size: file.bytes }]))));
  const renewed = () => fresh((url) => volume.files.ask("renew", { urls: [url] }));
  return {
    ...info,
    file,
    close,
    page: (query, begin) =>
      saying(async () => {
        await renewed();
        if (begin) await volume.find(query, offsetOf);
        const found = await volume.more(PAGE);
        return { messages: (found?.rows ?? []).map(rowOf), next: found?.more ? "more" : null };
      }),
    read: (row) =>
      saying(async () => {
        await renewed();
        return volume.read(row.found);
      }),
  };
}

const rowOf = (found) => ({
  found,
  key: found.mark,
  subject: found.subject,
  from: found.sender,
  to: found.recipients,
  received: new Date(found.at * 1000).toISOString(),
  bytes: found.size,
  attachments: found.attachments,
  flags: [],
});

function Look({ look, place, opened, back }) {
  const [query, setQuery] = useState("");
  const field = useRef(null);
  const send = (event) => {
    event.preventDefault();
    setQuery(field.current.value.trim());
  };
  const { file } = look;
  return html`<div hidden=${Boolean(opened)}>
      ${back}
      ${!opened &&
      html`<${PageHead} name=${file.filename} lead=${`${t("mails", { n: look.mails })} · ${bytes(file.bytes)}`}>
        ${look.searchable &&
        html`<form class="search" role="search" onsubmit=${send}>
          <${Icon} name="find" />
          <input type="search" id="look" ref=${field} maxlength="500" value=${query} placeholder=${t("look.field")} aria-label=${t("look.field")} />
        </form>`}
      <//>`}
      ${!look.searchable && html`<${Note} kind="info">${t("look.bare")}<//>`}
    </div>
    <${Found} key=${query} ...${{ look, place, opened, query }} />`;
}

function Found({ look, place, opened, query }) {
  const list = useScroll((after) => look.page(query, !after), "messages");
  return html`<${Mails}
    ...${{ list, opened, label: t("mails.list"), base: ["look", place], read: look.read, marked: query }}
    idOf=${(row) => row.key}
    one=${async () => go("look", place)}
    empty=${html`<${Empty} title=${t("look.none")} />`}
  />`;
}
