// Tables are searched, filtered and sorted; without this script they are whole, the newest first.
for (const table of document.querySelectorAll("table[data-browse]")) {
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...table.tBodies[0].rows];
  const text = (row, column) => row.cells[column].textContent.trim();
  const make = (name, properties) => Object.assign(document.createElement(name), properties);

  const search = make("input", {type: "search"});
  const choices = heads.flatMap((head, column) => {
    if (!head.hasAttribute("data-filter")) return [];
    const select = make("select");
    const values = [...new Set(rows.map(row => text(row, column)))].sort();
    select.append(make("option", {value: "", textContent: "all"}));
    select.append(...values.map(value => make("option", {value, textContent: value})));
    return [{head, column, select}];
  });
  const shown = make("output");

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/);
    for (const row of rows) {
      const content = row.textContent.toLowerCase();
      row.hidden = !words.every(word => content.includes(word))
        || choices.some(({column, select}) => select.value && select.value !== text(row, column));
    }
    shown.textContent = `${rows.filter(row => !row.hidden).length} of ${rows.length} shown`;
  };

  // Columns to the right hold numbers; what is none of them stays below, whichever way.
  const number = value => parseFloat(value.replaceAll(",", ""));
  const sort = (head, column) => {
    const numeric = head.classList.contains("r");
    const usual = numeric ? "descending" : "ascending";
    const other = numeric ? "ascending" : "descending";
    const order = head.getAttribute("aria-sort") === usual ? other : usual;
    heads.forEach(one => one.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    rows.sort((one, another) => {
      const [a, b] = [one, another].map(row => text(row, column));
      if (!numeric) return sign * a.localeCompare(b, "en");
      const [x, y] = [a, b].map(number);
      return isNaN(x) || isNaN(y) ? isNaN(x) - isNaN(y) : sign * (x - y);
    });
    table.tBodies[0].append(...rows);
  };

  heads.forEach((head, column) => {
    const button = make("button", {type: "button", textContent: head.textContent});
    button.addEventListener("click", () => sort(head, column));
    head.replaceChildren(button);
  });
  const labelled = (name, field) => {
    const label = make("label", {textContent: `${name} `});
    label.append(field);
    return label;
  };
  const form = make("form", {className: "browse"});
  form.addEventListener("input", filter);
  form.addEventListener("submit", event => event.preventDefault());
  form.append(labelled("Search", search));
  form.append(...choices.map(({head, select}) => labelled(head.textContent, select)), shown);
  table.parentElement.before(form);
  filter();
}
