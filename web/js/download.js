// Handing a file to the browser's downloads.

import { t } from "./i18n.js";
import { toast } from "./ui.js";

const KEPT_MS = 5 * 60_000; // an answer may be slow; a frame taken away would end it

/** Downloads what `url` answers as an attachment. In a frame, because a link leaves the page where
 *  the answer is no file (no network, the object gone), and makes the browser ask whether to give
 *  up an upload that is on its way. A frame loads only what is no download. */
export function download(url) {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.title = t("download.frame");
  frame.src = url;
  frame.onload = () => toast(t("download.failed"), "bad");
  document.body.append(frame);
  setTimeout(() => frame.remove(), KEPT_MS);
}
