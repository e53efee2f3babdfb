/* Search: accents, capitals and hyphens do not matter; arrows, Enter and Escape work. */
"use strict";
GI.search = function (map) {
  const { data, element, plain } = GI;
  const areas = data.areas;
  const MOST = 8;
  const input = document.getElementById("place");
  const list = document.getElementById("places");
  const status = document.getElementById("place-status");
  const keys = areas.name.map(plain);
  let found = [];
  let active = -1;

  function matches(text) {
    const wanted = plain(text);
    if (!wanted) return [];
    const ranked = [];
    keys.forEach((key, number) => {
      const rank = key === wanted || areas.code[number].toLowerCase() === wanted ? 0 : key.startsWith(wanted) ? 1 : ` ${key}`.includes(` ${wanted}`) ? 2 : 3;
      if (rank < 3) ranked.push([rank, -(areas.population[number] || 0), number]);
    });
    ranked.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
    return ranked.slice(0, MOST).map((row) => row[2]);
  }

  function show() {
    list.replaceChildren(
      ...found.map((number, i) => {
        const option = element("li", { role: "option", id: `place-${i}`, "aria-selected": String(i === active) }, areas.name[number], " ", element("small", {}, `(${areas.group[number] || areas.code[number]})`));
        option.addEventListener("mousedown", (event) => event.preventDefault());
        option.addEventListener("click", () => choose(number));
        return option;
      })
    );
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    if (active >= 0) input.setAttribute("aria-activedescendant", `place-${active}`);
    else input.removeAttribute("aria-activedescendant");
  }

  function close() {
    found = [];
    active = -1;
    show();
  }

  function choose(number) {
    input.value = areas.name[number];
    close();
    const path = GI.paths[number];
    const bounds = path.getBounds();
    if (bounds.isValid()) map.fitBounds(bounds.pad(areas.unit === "commune" ? 2.5 : 0.4), { maxZoom: 11.5, animate: false });
    GI.showArea(map, number);
    status.textContent = `${areas.name[number]} : ${data.first[areas.first[number]].label}`;
    if (GI.narrow) document.querySelector(".map").scrollIntoView({ block: "center" });
  }

  input.addEventListener("input", () => {
    found = matches(input.value);
    active = -1;
    show();
    status.textContent = input.value ? (found.length ? `${found.length} proposition${found.length > 1 ? "s" : ""}` : "Aucun territoire trouvé ici") : "";
    input.classList.toggle("nothing", Boolean(input.value) && !found.length);
  });
  input.addEventListener("keydown", (event) => {
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && found.length) {
      event.preventDefault();
      active = (active + (event.key === "ArrowDown" ? 1 : -1) + found.length + (active < 0 && event.key === "ArrowUp" ? 1 : 0)) % found.length;
      show();
    } else if (event.key === "Escape") {
      close();
    }
  });
  input.addEventListener("blur", () => setTimeout(close, 150));
  input.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const number = found[Math.max(active, 0)] ?? matches(input.value)[0];
    if (number !== undefined) choose(number);
  });
};
