// The company's own mail server: how up to date its mail is here.

import { html } from "../../vendor/htm-preact/standalone.mjs";
import * as api from "../api.js";
import { useLive } from "../data.js";
import { exactMoment } from "../format.js";
import { t } from "../i18n.js";
import { Action, Badge, Failed, Note } from "../parts.js";

const KINDS = { current: "good", failing: "bad" };

/** A section of the account's screen. */
export function Home({ me }) {
  const live = useLive(api.me, { moving: ({ home }) => home.state === "syncing" });
  const { state, synced_at: synced, failure } = (live.data ?? me).home;
  const sync = async () => {
    await api.sync();
    await live.refresh();
  };
  return html`<section class="sheet padded">
    <div class="section-head">
      <h2>${t("home.title")}</h2>
      <${Badge} kind=${KINDS[state] ?? "busy"}>${t(`home.state.${state}`)}<//>
    </div>
    <p>${synced ? t("home.synced", { when: exactMoment(synced) }) : t("home.never")}</p>
    ${failure && html`<${Note} kind="bad">${failure.detail}<//>`}
    ${live.error && html`<${Failed} list=${live} />`}
    <div class="section-actions">
      <${Action} what="sync" run=${sync} disabled=${state === "syncing"}>${t("home.sync")}<//>
    </div>
  </section>`;
}
