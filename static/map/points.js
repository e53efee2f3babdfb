/* Symbols and clusters: letters and shapes, no image file. */
"use strict";
(function () {
  const { data, element } = GI;

  /** One symbol: its letter in its shape; housing is a circle whose area follows the count. */
  function icon(mark, letter, size) {
    const side = mark === "housing" ? Math.min(44, 10 + 1.6 * Math.sqrt(size)) : 24;
    const html = element("i", { class: `pin ${mark}`, style: `width:${side}px;height:${side}px;line-height:${side - 4}px` }, letter);
    return L.divIcon({ html, className: "symbol", iconSize: [side, side] });
  }

  function card(title, lines, synthetic) {
    const content = element("div", { class: "card" }, element("h3", {}, title));
    if (synthetic) content.append(element("p", { class: "mark" }, "Donnée fictive"));
    for (const text of lines) content.append(element("p", {}, text));
    return content;
  }

  GI.symbols = function (group, number) {
    const { mark, rows } = data.symbols[number];
    for (const [lon, lat, letter, title, lines, synthetic, size] of rows) {
      const marker = L.marker([lat, lon], { icon: icon(mark, letter, size) });
      marker.on("add", () => marker.getElement().setAttribute("aria-label", title));
      marker.bindPopup(() => card(title, lines, synthetic), { maxWidth: GI.narrow ? 240 : 300 });
      marker.bindTooltip(() => element("span", {}, title), { direction: "top" });
      group.addLayer(marker);
    }
  };

  /** Clusters keep the look of what they hold, and say how many. */
  GI.clusterIcon = (mark) => (cluster) => {
    const count = cluster.getChildCount();
    const side = count < 10 ? 30 : count < 100 ? 36 : 42;
    const html = element("i", { class: `pin cluster ${mark}`, style: `width:${side}px;height:${side}px;line-height:${side - 4}px` }, String(count), element("span", { class: "unseen" }, " lieux regroupés"));
    return L.divIcon({ html, className: "symbol", iconSize: [side, side] });
  };
})();
