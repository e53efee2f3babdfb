/* Where I am: communes suggested while typing (combobox of WAI-ARIA), or my position. Neither is needed: what is typed
   is sent as it is, and the service understands it or asks again. */

import { ask, canAsk } from "./here.js";
import { attributes, element, number, onShown, say, status } from "./words.js";

const PATIENCE = 250; // ms after the last key: one question per word, not per letter
const LINGER = 500; // ms the suggestions stay once the field is left
const FEWEST = 2;
const MOST = 6;
const ADDRESS = /^\s*\d+\s*(bis|ter|quater)?[\s,]+\D/i;

function suggest(input, list) {
  const told = status(list, true);
  let options = [];
  let active = -1;
  let timer = 0;
  let asked = null;
  const settled = element("input", { type: "hidden", name: "place" });
  attributes(input, { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, autocomplete: "off" });
  attributes(list, { role: "listbox", "aria-label": say("places") });

  function show() {
    list.hidden = options.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === active)));
    if (active < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", options[active].id);
    options[active].scrollIntoView({ block: "nearest" });
  }

  function close() {
    clearTimeout(timer);
    if (asked) asked.abort();
    [options, active] = [[], -1];
    list.replaceChildren();
    show();
  }

  /** Send a commune's code instead of its name: nothing is left to guess. */
  function choose({ label, code }) {
    input.value = told.textContent = label;
    settled.value = `commune:${code}`;
    input.removeAttribute("name");
    input.after(settled);
    close();
  }

  function offer(items) {
    options = items.map((item, i) => {
      const option = element("li", { role: "option", id: `${list.id}-${i}`, lang: "fr", dir: "ltr" }, item.label);
      option.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
      option.addEventListener("click", () => choose(item));
      return option;
    });
    active = -1;
    list.replaceChildren(...options);
    show();
    told.textContent = items.length ? say("places_found", { count: number(items.length) }) : say("places_none");
  }

  async function question(text) {
    asked = new AbortController();
    const { signal } = asked;
    try {
      const answer = await fetch(`/api/v1/places?q=${encodeURIComponent(text)}&limit=${MOST}`, { signal });
      const { items } = answer.ok ? await answer.json() : { items: null };
      if (items && !signal.aborted) offer(items);
    } catch (lost) {
      /* No network, or another letter came. */
    }
  }

  function typed() {
    input.name = "place";
    settled.remove();
    clearTimeout(timer);
    if (asked) asked.abort();
    const text = input.value.trim();
    if (text.length < FEWEST || ADDRESS.test(text)) return close();
    timer = setTimeout(() => question(text), PATIENCE);
    return undefined;
  }

  const moves = { ArrowDown: (i, n) => (i + 1) % n, ArrowUp: (i, n) => (i <= 0 ? n : i) - 1 };

  function pressed(event) {
    if (event.key === "Escape") close(); // also what was asked and not answered yet
    if (event.isComposing || !options.length) return;
    if (event.key in moves) active = moves[event.key](active, options.length);
    else if (event.key === "Enter" && active >= 0) options[active].click();
    else return;
    event.preventDefault();
    show();
  }

  input.addEventListener("input", typed);
  input.addEventListener("keydown", pressed);
  // Later: a list that shuts under a finger moves the button it is about to touch, and the tap is lost.
  input.addEventListener("blur", () => setTimeout(() => document.activeElement === input || close(), LINGER));
  input.form.addEventListener("submit", close);
  show();
}

function offerHere(button) {
  const form = button.form || document.querySelector("[data-places]").form;
  const told = status(button);
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    told.textContent = say("here_wait");
    try {
      await ask();
      for (const old of form.querySelectorAll("[name=place]")) old.removeAttribute("name");
      form.append(element("input", { type: "hidden", name: "place", value: "ici" }));
      form.submit();
    } catch (not) {
      told.textContent = say(`here_${not.message}`);
      document.querySelector("[data-places]").focus();
    }
    button.disabled = false;
  });
}

const ready = new WeakSet();

function once(found, start) {
  if (!found || ready.has(found)) return;
  ready.add(found);
  start(found);
}

onShown(() => {
  const input = document.querySelector("[data-places]");
  if (!input || !input.form) return;
  once(input, () => suggest(input, document.getElementById("places")));
  if (canAsk()) once(document.querySelector("[data-here]"), offerHere);
});
