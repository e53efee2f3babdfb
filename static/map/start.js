/* Puts the page to work once folium has made the map. */
"use strict";
GI.start = function (map) {
  const { data } = GI;

  const corner = GI.narrow ? "bottomright" : "topleft"; // a narrow popup needs the top
  map.attributionControl.setPrefix("Leaflet");
  L.control.zoom({ zoomInTitle: "Zoomer", zoomOutTitle: "Dézoomer", position: corner }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  const home = () => {
    map.closePopup();
    map.fitBounds(data.bounds, { padding: [8, 8], animate: false });
  };
  const reset = L.control({ position: corner });
  reset.onAdd = () => {
    const box = GI.element("div", { class: "leaflet-bar" }, GI.element("button", { type: "button", class: "home", title: "Voir tout le territoire", "aria-label": "Voir tout le territoire" }, "⤢"));
    L.DomEvent.disableClickPropagation(box);
    box.firstChild.addEventListener("click", home);
    return box;
  };
  reset.addTo(map);
  home();
  new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(map.getContainer());

  // The wheel scrolls the page until somebody uses the map.
  map.on("click focus", () => map.scrollWheelZoom.enable());
  map.on("mouseout blur", () => map.scrollWheelZoom.disable());
  map.on("popupopen", (event) => {
    const button = event.popup.getElement().querySelector(".leaflet-popup-close-button");
    if (button) button.setAttribute("aria-label", "Fermer");
  });
  const switches = document.querySelector(".leaflet-control-layers");
  const panel = document.getElementById("layers");
  if (panel) panel.append(switches);
  else switches.remove();

  const legends = document.querySelectorAll(".classes");
  const colour = (mode) => {
    for (const legend of legends) legend.hidden = legend.dataset.mode !== mode;
    GI.recolour(mode);
  };
  for (const choice of document.querySelectorAll("input[name=mode]")) {
    choice.addEventListener("change", () => colour(choice.value));
    if (choice.checked) colour(choice.value);
  }
  if (GI.narrow) for (const folded of document.querySelectorAll(".panel details")) folded.open = false;

  GI.search(map);
  GI.sortable();
  document.documentElement.classList.add("ready");
};
