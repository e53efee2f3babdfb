/* A speechSynthesis that says nothing and records what it is given: headless Chromium has no voices. */
(() => {
  const voices = VOICES;
  window.said = [];
  window.stopped = 0;
  let waiting = [];
  class Utterance {
    constructor(text) {
      this.text = text;
    }
  }
  const speech = {
    get speaking() {
      return waiting.length > 0;
    },
    pending: false,
    getVoices: () => voices,
    addEventListener() {},
    speak(utterance) {
      window.said.push({ lang: utterance.lang, voice: utterance.voice.lang, text: utterance.text });
      waiting.push(utterance);
      if (waiting.length === 1 && utterance.onstart) utterance.onstart();
    },
    cancel() {
      window.stopped += 1;
      waiting = [];
    },
  };
  window.finish = () => {
    const all = waiting;
    waiting = [];
    for (const one of all) if (one.onend) one.onend();
  };
  Object.defineProperty(window, "speechSynthesis", { value: speech });
  window.SpeechSynthesisUtterance = Utterance;
})();
