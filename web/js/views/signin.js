// Signing in, a step at a time: who (company and id), the password, the one-time code.

import * as api from "../api.js";
import { busy, fill, h, isBusy } from "../dom.js";
import { explain } from "../errors.js";
import { ApiError } from "../http.js";
import { t } from "../i18n.js";
import * as session from "../session.js";
import { note } from "../ui.js";

const DOMAIN = /^[^@\s]+\.[^@\s.]+$/;

/** `company`: the domain of this address, or null; `done()` when signed in; `notice`: why one is
 *  asked again. */
export function show(main, { company, done, notice }) {
  const card = h("section", { class: "card signin" });
  const keep = { id: "", domain: company ?? "", email: "", stay: false };
  fill(main, card);
  askWho();

  function step({ title, intro, fields, label, back, act, message }) {
    const problems = h("div", { id: "signin-problem" }, message && note("info", message));
    const submit = h("button", { class: "button primary wide", type: "submit" }, label);
    const form = h(
      "form",
      { novalidate: true },
      problems,
      fields,
      submit,
      back &&
        h("button", { type: "button", class: "button quiet", onclick: back }, t("signin.other")),
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (isBusy(submit)) return;
      busy(submit, true);
      fill(problems);
      try {
        await act();
      } catch (error) {
        fill(problems, note("bad", error instanceof Mistake ? error.message : explain(error)));
        const field =
          error.field ?? form.querySelector("input:not([readonly]):not([type=checkbox])");
        field.setAttribute("aria-describedby", problems.id);
        field.focus();
        field.select?.();
      } finally {
        busy(submit, false);
      }
    });
    fill(card, h("h1", { tabindex: "-1" }, title), intro && h("p", { class: "lead" }, intro), form);
    form.querySelector("input:not([readonly])").focus();
  }

  function askWho() {
    const id = field("signin-id", t("signin.id"), {
      name: "username",
      autocomplete: "username",
      autocapitalize: "none",
      spellcheck: "false",
      value: keep.id,
      enterkeyhint: "next",
    });
    const domain = field("signin-company", t("signin.company"), {
      autocomplete: "organization",
      autocapitalize: "none",
      spellcheck: "false",
      placeholder: "acme.example",
      inputmode: "url",
      value: keep.domain,
    });
    if (company) {
      const suffix = h("span", { class: "suffix", id: "signin-suffix" }, `@${company}`);
      id.input.setAttribute("aria-describedby", suffix.id);
      const joined = h("div", { class: "joined" });
      id.input.replaceWith(joined);
      joined.append(id.input, suffix);
    }
    step({
      title: t("signin.title"),
      intro: company ? null : t("signin.intro"),
      message: notice,
      label: t("signin.next"),
      fields: company ? [id.node] : [domain.node, id.node],
      async act() {
        // The first field has the focus, and people type their whole address where they are.
        const alone = !id.input.value.trim() && domain.input.value.includes("@");
        const whole = (alone ? domain : id).input.value.trim();
        const [name, typed] = whole.split("@");
        const where = (typed ?? (company || domain.input.value)).trim().toLowerCase();
        if (!name) throw new Mistake(t("signin.need_id"), id.input);
        if (!DOMAIN.test(where)) throw new Mistake(t("signin.need_company"), domain.input);
        Object.assign(keep, { id: whole, domain: where });
        keep.email = `${name.toLowerCase()}@${where}`;
        notice = null;
        askPassword();
      },
    });
  }

  function askPassword(message) {
    const who = field("signin-email", t("signin.account"), {
      name: "username",
      autocomplete: "username",
      readonly: true,
      value: keep.email,
      tabindex: "-1",
    });
    const password = field("signin-password", t("signin.password"), {
      type: "password",
      name: "password",
      autocomplete: "current-password",
    });
    const stay = h("input", { type: "checkbox", id: "signin-stay", checked: keep.stay });
    step({
      title: t("signin.password_title"),
      message,
      label: t("signin.enter"),
      back: askWho,
      fields: [
        who.node,
        password.node,
        h("label", { class: "check", for: "signin-stay" }, stay, h("span", null, t("signin.stay"))),
      ],
      async act() {
        if (!password.input.value) throw new Mistake(t("signin.need_password"), password.input);
        keep.stay = stay.checked;
        const answer = await signIn(password.input.value);
        if (answer.challenge) askCode(answer.session);
        else enter(answer);
      },
    });
  }

  async function signIn(password) {
    try {
      return await api.signIn(keep.email, password);
    } catch (error) {
      const refused = error instanceof ApiError && (error.status === 401 || error.status === 400);
      if (refused && !error.code) throw new Mistake(t("error.wrong_credentials"));
      throw error;
    }
  }

  function askCode(challenge) {
    const code = field("signin-code", t("signin.code"), {
      inputmode: "numeric",
      autocomplete: "one-time-code",
      maxlength: "7",
      class: "code",
    });
    code.input.addEventListener("input", () => {
      if (/^\d{6}$/.test(code.input.value.trim())) code.input.form.requestSubmit();
    });
    step({
      title: t("signin.code_title"),
      intro: t("signin.code_intro"),
      label: t("signin.enter"),
      back: askWho,
      fields: [code.node],
      async act() {
        const digits = code.input.value.replace(/\s/g, "");
        if (!/^\d{6}$/.test(digits)) throw new Mistake(t("signin.need_code"), code.input);
        try {
          enter(await api.signInCode(keep.email, challenge, digits));
        } catch (error) {
          if (error.code !== "session_expired") throw error;
          askPassword(t("signin.code_late"));
        }
      },
    });
  }

  function enter(tokens) {
    session.begin(keep.email, tokens, keep.stay);
    done();
  }
}

/** What the person typed cannot be right; the message names the next step. */
class Mistake extends Error {
  constructor(message, field) {
    super(message);
    this.field = field;
  }
}

function field(id, label, attributes) {
  const input = h("input", { id, type: "text", ...attributes });
  return { input, node: h("div", { class: "field" }, h("label", { for: id }, label), input) };
}
