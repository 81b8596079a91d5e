"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, from = document) => Array.from(from.querySelectorAll(selector));
  // "Sở Nội vụ" → "so noi vu", as dim_agency.name_folded in the warehouse.
  const fold = (words) => words.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase().trim();
  root.classList.add("scripted");
  const speak = (language) => {
    root.dataset.lang = language;
    root.lang = language;
    for (const button of all("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === language));
    for (const input of all("input[data-vi]")) input.placeholder = input.dataset[language];
    // A page opened from a file may have no storage; the choice then lasts as long as the page.
    try { localStorage.setItem("language", language); } catch { return; }
  };
  for (const button of all("[data-language]")) button.addEventListener("click", () => speak(button.dataset.language));
  try { if (localStorage.getItem("language") === "en") speak("en"); } catch { root.lang = "vi"; }

  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  for (const link of all('a[href^="#"]')) link.addEventListener("click", () => setTimeout(reveal));
  reveal();

  let chosen = "";
  const filter = (status) => {
    chosen = chosen === status ? "" : status;
    for (const tile of all(".tile")) tile.setAttribute("aria-pressed", String(tile.dataset.filter === chosen));
    for (const row of all("tr.target")) row.hidden = Boolean(chosen) && row.dataset.status !== chosen;
    for (const group of all(".targets tbody")) group.hidden = !group.querySelector("tr.target:not([hidden])");
    for (const phase of all(".phase")) phase.hidden = !phase.querySelector("tbody:not([hidden])");
  };
  for (const tile of all(".tile")) tile.addEventListener("click", () => filter(tile.dataset.filter));

  for (const button of all("[data-open]")) button.addEventListener("click", () => {
    for (const item of all("details.indicator")) item.open = button.dataset.open === "all";
  });
  for (const button of all("[data-print]")) button.addEventListener("click", () => print());

  for (const block of all(".agency-block")) {
    const input = block.querySelector("input[type=search]");
    if (input) input.addEventListener("input", () => {
      const wanted = fold(input.value);
      for (const row of all("[data-name]", block)) row.hidden = !row.dataset.name.includes(wanted);
    });
  }

  for (const table of all("table.sortable")) {
    const body = table.tBodies[0];
    all("th", table.tHead).forEach((head, column) => {
      const button = head.querySelector("button");
      button.addEventListener("click", () => {
        const numeric = button.dataset.type === "number";
        const rising = head.getAttribute("aria-sort") ? head.getAttribute("aria-sort") !== "ascending" : true;
        for (const other of all("th", table.tHead)) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", rising ? "ascending" : "descending");
        const key = (row) => {
          const cell = row.cells[column];
          if (!numeric) return column === 0 ? row.dataset.name : fold(cell.textContent);
          return cell.dataset.value === "" ? null : Number(cell.dataset.value);
        };
        const rows = Array.from(body.rows).map((row) => [key(row), row]);
        rows.sort(([a], [b]) => {
          // Agencies without a value stay at the end either way.
          if (a === null || b === null) return (a === null) - (b === null);
          return (rising ? 1 : -1) * (a < b ? -1 : Number(a > b));
        });
        body.append(...rows.map(([, row]) => row));
      });
    });
  }
})();
