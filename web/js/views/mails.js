// A mailbox as a list of mails.

import { html, useEffect, useState } from "../../vendor/htm-preact/standalone.mjs";
import * as api from "../api.js";
import { bytes } from "../format.js";
import { t } from "../i18n.js";
import { fetchMailboxes, pathName } from "../mailbox_names.js";
import { Mails } from "../mail_list.js";
import { Action, Empty, Icon, PageHead } from "../parts.js";
import { address, go } from "../router.js";
import { readMail } from "../reading.js";
import { useScroll } from "../scroll.js";
import { askFor } from "./backups.js";
import { uploadInto } from "./uploads.js";

export function View({ rest: [id, opened] }) {
  const [mailbox, setMailbox] = useState(null);
  useEffect(() => {
    fetchMailboxes().then(
      ({ mailboxes }) => setMailbox(mailboxes.find((each) => each.id === id) ?? null),
      () => null, // the list says what is wrong
    );
  }, []);
  const list = useScroll((after) => api.mails(id, after), "messages");
  const name = mailbox ? pathName(mailbox.path) : "";
  const act = (prepare, where) => () => {
    prepare();
    go(where);
  };
  return html`<${Mails}
    ...${{ list, opened, label: t("mails.list"), base: ["mailboxes", id] }}
    idOf=${(row) => row.key}
    one=${(key) => api.mail(id, key)}
    read=${readMail}
    empty=${html`<${Empty} title=${t("mails.none")} />`}
  >
    <p class="back"><a href=${address("mailboxes")}><${Icon} name="back" />${t("mailboxes.title")}</a></p>
    ${!opened &&
    html`<${PageHead}
      name=${name || t("tab.mailboxes")}
      lead=${mailbox && `${t("mails", { n: mailbox.messages })} · ${bytes(mailbox.bytes)}`}
    >
      ${mailbox &&
      html`<${Action} what="back-up" run=${act(() => askFor({ mailboxes: [mailbox] }), "backups")} name=${name}>
          <${Icon} name="download" />${t("mailbox.back_up")}
        <//>
        <${Action} what="put-in" run=${act(() => uploadInto(mailbox), "uploads")} name=${name}>
          <${Icon} name="send" />${t("mailbox.put_in")}
        <//>`}
    <//>`}
  <//>`;
}
