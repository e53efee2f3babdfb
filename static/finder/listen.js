/* Read-aloud, where this device itself has a voice for the language of the page: a voice of a distant service would
   send what is read to somebody else, and one of another language is noise. */

import { onShown, say } from "./words.js";

const speech = window.speechSynthesis;
const LONGEST = 200; // some engines stop in the middle of long texts
const UNREAD = "[hidden], [aria-hidden=true], [data-unread], [data-listen], .actions, script, style, svg, select, textarea";

let pressed = null;
let spoken = []; // kept, else Chromium drops utterances, and with them their events

const short = (lang) => lang.toLowerCase().split(/[-_]/)[0];
const langOf = (node) => short(node.closest("[lang]").lang);

function voiceFor(lang) {
  const fitting = speech.getVoices().filter((voice) => voice.localService && short(voice.lang) === lang);
  return fitting.find((voice) => voice.default) || fitting[0];
}

function blockOf(node) {
  let block = node;
  while (getComputedStyle(block).display === "inline" && block.parentElement) block = block.parentElement;
  return block;
}

/** What is to be read, in order: `{block, lang, text}`, one per block and language. */
export function parts(root) {
  const found = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data;
    const holder = walker.currentNode.parentElement;
    if (!/[\p{L}\p{N}]/u.test(text) || !holder.getClientRects().length || holder.closest(UNREAD)) continue;
    const [block, lang] = [blockOf(holder), langOf(holder)];
    const last = found[found.length - 1];
    if (last && last.block === block && last.lang === lang) last.text += ` ${text}`;
    else found.push({ block, lang, text });
  }
  return found.flatMap((part) => cut(part.text.replace(/\s+/g, " ").trim()).map((text) => ({ ...part, text })));
}

/** Split a long text after sentences, else between words. */
function cut(text) {
  if (text.length <= LONGEST) return [text];
  const head = text.slice(0, LONGEST);
  const end = (/^.*[.!?؟።;:](?=\s)/.exec(head) || /^.+(?=\s)/.exec(head) || [head])[0].length;
  return [text.slice(0, end), ...cut(text.slice(end).trim())];
}

function mark(block) {
  for (const one of document.querySelectorAll(".is-spoken")) one.classList.remove("is-spoken");
  if (block) block.classList.add("is-spoken");
}

function show(button, speaking) {
  button.setAttribute("aria-pressed", String(speaking));
  const label = button.querySelector("[data-label]");
  if (label && say("stop")) label.textContent = say(speaking ? "stop" : "listen");
}

function stop() {
  spoken = [];
  mark(null);
  if (speech.speaking || speech.pending) speech.cancel();
  if (pressed) show(pressed, false);
  pressed = null;
}

function read(button) {
  const target = document.querySelector(button.dataset.listen || "[data-read]");
  if (!target) return;
  pressed = button;
  show(button, true);
  const mine = parts(target).filter((part) => voiceFor(part.lang)).map((part) => {
    const voice = voiceFor(part.lang);
    const utterance = new SpeechSynthesisUtterance(part.text);
    Object.assign(utterance, { lang: voice.lang.replace("_", "-"), voice, rate: 0.9 });
    utterance.onstart = () => spoken === mine && mark(part.block);
    utterance.onerror = () => spoken === mine && stop();
    return utterance;
  });
  if (!mine.length) return stop();
  spoken = mine;
  mine[mine.length - 1].onend = () => spoken === mine && stop();
  mine.forEach((utterance) => speech.speak(utterance));
}

function offer() {
  const voice = voiceFor(short(document.documentElement.lang));
  for (const button of document.querySelectorAll("[data-listen]")) {
    if (!button.hasAttribute("aria-pressed")) button.setAttribute("aria-pressed", "false");
    button.hidden = !voice;
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-listen]");
  if (!button) return;
  const again = button === pressed;
  stop();
  if (!again) read(button);
});
window.addEventListener("pagehide", stop);
document.addEventListener("finder:shown", stop);
/* Voices may come late; old Safari has them at once, and says nothing when they change. */
if (speech.addEventListener) speech.addEventListener("voiceschanged", offer);
setTimeout(offer, 1000);
onShown(offer);
