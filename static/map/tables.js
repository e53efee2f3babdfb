/* Sortable columns: a button in each header; the tables are complete without it. */
"use strict";
GI.sortable = function () {
  const value = (row, column) => {
    const text = row.cells[column].textContent.trim();
    if (text === "—" || text === "masqué") return null;
    if (text === "moins de 1") return 0.1;
    const number = Number(text.replace(/[\s\u202f\u00a0]/g, "").replace(",", "."));
    return text !== "" && Number.isFinite(number) ? number : text;
  };
  const order = new Intl.Collator("fr", { numeric: true });
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : order.compare(String(a), String(b)));

  function sort(table, column, header) {
    const down = header.getAttribute("aria-sort") === "ascending";
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [value(row, column), row]);
    rows.sort(([a], [b]) => (a === null) - (b === null) || (a === null ? 0 : (down ? -1 : 1) * compare(a, b)));
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...rows.map(([, row]) => row));
  }

  for (const table of document.querySelectorAll("table")) {
    [...table.tHead.rows[0].cells].forEach((header, column) => {
      const button = GI.element("button", { type: "button" }, header.textContent);
      button.addEventListener("click", () => sort(table, column, header));
      header.replaceChildren(button);
    });
  }
};
