/* What the other scripts share: the data of the page, French numbers, elements from text, hatchings. */
"use strict";
var GI = (function () {
  const data = JSON.parse(document.getElementById("gi-data").textContent);

  /** Make an element; texts are never read as markup. */
  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
    made.append(...children.filter((child) => child !== null && child !== ""));
    return made;
  }

  const whole = (value) => (value === null || value === undefined ? "—" : Math.round(value).toLocaleString("fr-FR"));

  /** A count of people: never a misleading 0. */
  const people = (value) => (value > 0 && value < 0.5 ? "moins de 1" : whole(value));

  /** What to put in a path's fillColor: a plain colour, or a hatching drawn on it. */
  function paint(swatch) {
    if (!swatch.hatch) return swatch.fill;
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.fillStyle = swatch.fill;
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = swatch.ink;
    pen.lineWidth = swatch.width;
    pen.stroke(new Path2D(swatch.hatch));
    return pen.createPattern(tile, "repeat");
  }

  const plain = (text) =>
    text
      .normalize("NFD")
      .replace(/[\u0300-\u036f]/g, "")
      .toLowerCase()
      .replace(/œ/g, "oe")
      .replace(/æ/g, "ae")
      .replace(/[^a-z0-9]+/g, " ")
      .replace(/\bste?\b/g, (short) => (short === "st" ? "saint" : "sainte"))
      .trim();

  return { data, element, whole, people, paint, plain, narrow: window.innerWidth < 760 };
})();
