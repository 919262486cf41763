// Live tables: sort by the heads, search, filter by the columns with few values, download what is
// shown. The rows are those of the page, taken out and put back, so a table without scripts has
// them all. What a reader has chosen stands in the address, and a link with it leads there:
// ?verdict=contradicted&chapter=history&search=words&sort=-claim (a minus: from the end).
window.liveTable = (table, { made, fold, terms, save, asCsv }) => {
  const MOST = 15; // values of a column that is filtered
  const MISSING = "not given";
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const names = heads.map((head) => head.textContent.trim());
  const words = (element) => element.textContent.replace(/\s+/g, " ").trim();
  const slug = (text) => fold(text).replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  const lines = [...body.rows].map((row) => ({ row, cells: [...row.cells].map(words) }));
  const collator = new Intl.Collator("en", { numeric: true });
  const isNumber = heads.map((head) => head.classList.contains("text-right"));

  // several tables of a page share its address
  const alone = document.querySelectorAll("table.live").length === 1;
  const key = (name) => (alone ? "" : `${table.id.split("-").at(-1)}.`) + slug(name);

  const order = { column: -1, sign: 1 };
  const chosen = new Map(); // by column the values asked for, none: all
  let asked = [];

  // what a reader does it with
  const tools = made("div", "", { className: "table-tools" });
  const search = made("input", "", { type: "search", placeholder: "Search the table" });
  search.setAttribute("aria-label", "Search the table");
  const status = made("p", "", { className: "table-status" });
  status.setAttribute("role", "status");
  const clear = made("button", "Show all", { type: "button", hidden: true });
  const download = made("button", "Download CSV", { type: "button" });
  const facets = names.flatMap((name, column) => {
    const values = [...new Set(lines.map(({ cells }) => cells[column]))];
    if (values.length < 2 || values.length >= MOST || values.length >= lines.length / 4) return [];
    chosen.set(column, new Set());
    const facet = made("details", "", { className: "facet", name: `facets-${table.id}` });
    const summary = made("summary", name);
    const list = made("fieldset", "");
    list.append(made("legend", name));
    const boxes = values.sort(collator.compare).map((value) => {
      const box = made("input", "", { type: "checkbox" });
      const count = made("span", "", { className: "count" });
      const label = made("label", "");
      label.append(box, ` ${value} `, count);
      list.append(label);
      box.addEventListener("change", () => {
        chosen.get(column)[box.checked ? "add" : "delete"](value);
        update();
      });
      return { value, box, count, label };
    });
    facet.append(summary, list);
    return [{ name, column, facet, summary, boxes }];
  });
  tools.append(search, ...facets.map(({ facet }) => facet), download, clear, status);
  const shut = () => facets.forEach(({ facet }) => (facet.open = false));
  document.addEventListener("pointerdown", ({ target }) => tools.contains(target) || shut());
  tools.addEventListener("keydown", (event) => {
    const open = facets.find(({ facet }) => facet.open);
    if (event.key !== "Escape" || !open) return;
    shut();
    open.summary.focus();
  });

  // the words of a row are made alike when somebody first searches
  const has = (line) =>
    asked.every((term) => (line.text ??= fold(line.cells.join(" "))).includes(term));
  const fits = (line, but) =>
    facets.every(({ column }) => {
      const values = chosen.get(column);
      return column === but || !values.size || values.has(line.cells[column]);
    });
  const compare = (a, b) => {
    const [first, second] = [a, b].map(({ cells }) => cells[order.column]);
    const missing = (first === MISSING) - (second === MISSING);
    if (missing) return missing; // last, whichever way
    const number = (text) => Number(text.replaceAll(",", ""));
    const found = isNumber[order.column]
      ? number(first) - number(second)
      : collator.compare(first, second);
    return order.sign * found;
  };

  let shown = lines;
  const update = (tell = true) => {
    const found = asked.length ? lines.filter(has) : lines;
    for (const { name, column, summary, boxes } of facets) {
      const counts = new Map();
      for (const line of found)
        if (fits(line, column)) {
          const value = line.cells[column];
          counts.set(value, 1 + (counts.get(value) ?? 0));
        }
      for (const { value, box, count, label } of boxes) {
        box.checked = chosen.get(column).has(value);
        count.textContent = counts.get(value) ?? 0;
        label.classList.toggle("none", !counts.has(value));
      }
      const values = [...chosen.get(column)];
      summary.textContent = values.length ? `${name}: ${values.join(", ")}` : name;
    }
    const next = found.filter((line) => fits(line));
    if (order.column >= 0) next.sort(compare);
    const same = next.length === shown.length && next.every((line, at) => line === shown[at]);
    if (!same) body.replaceChildren(...next.map(({ row }) => row));
    shown = next;
    const all = next.length === lines.length;
    status.textContent = all ? `${lines.length} rows` : `${next.length} of ${lines.length} rows`;
    clear.hidden = all && !asked.length;
    heads.forEach((head, column) => {
      if (column !== order.column) head.removeAttribute("aria-sort");
      else head.setAttribute("aria-sort", order.sign > 0 ? "ascending" : "descending");
    });
    if (tell) write();
  };

  // the address
  const keys = [...facets.map(({ name }) => key(name)), key("search"), key("sort")];
  const write = () => {
    const query = new URLSearchParams(location.search);
    keys.forEach((name) => query.delete(name));
    for (const { name, column } of facets)
      for (const value of chosen.get(column)) query.append(key(name), slug(value));
    if (search.value.trim()) query.set(key("search"), search.value.trim());
    if (order.column >= 0)
      query.set(key("sort"), (order.sign > 0 ? "" : "-") + slug(names[order.column]));
    const text = query.size ? `?${query}` : "";
    history.replaceState(history.state, "", location.pathname + text + location.hash);
  };
  const read = () => {
    const query = new URLSearchParams(location.search);
    for (const { name, column, boxes } of facets) {
      const wanted = query.getAll(key(name)).map(slug);
      for (const { value } of boxes) if (wanted.includes(slug(value))) chosen.get(column).add(value);
    }
    search.value = query.get(key("search")) ?? "";
    asked = terms(search.value);
    const sort = query.get(key("sort")) ?? "";
    order.column = sort ? names.map(slug).indexOf(slug(sort)) : -1;
    order.sign = sort.startsWith("-") ? -1 : 1;
    return keys.some((name) => query.has(name));
  };

  let typing;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      asked = terms(search.value);
      update();
    }, 100);
  });
  const showAll = () => {
    search.value = "";
    asked = [];
    chosen.forEach((values) => values.clear());
    update();
  };
  clear.addEventListener("click", () => {
    showAll();
    search.focus();
  });
  download.addEventListener("click", () => {
    const rows = shown.map(({ cells }) => Object.fromEntries(cells.map((c, at) => [names[at], c])));
    save(`${table.id.replace(/^tab-/, "")}.csv`, asCsv(rows, names), "text/csv");
  });
  heads.forEach((head, column) => {
    const button = made("button", names[column], { type: "button", className: "sort" });
    button.addEventListener("click", () => {
      // from the start, from the end, as it was
      if (order.column !== column) Object.assign(order, { column, sign: 1 });
      else if (order.sign > 0) order.sign = -1;
      else order.column = -1;
      update();
    });
    head.replaceChildren(button);
  });

  // a link to a row that is filtered out shows all rows again
  const showTarget = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    const line = id && lines.find(({ row }) => row.querySelector(`[id="${CSS.escape(id)}"]`));
    if (!line || line.row.isConnected) return;
    showAll();
    document.getElementById(id).scrollIntoView();
  };
  window.addEventListener("hashchange", showTarget);

  // coming alive moves nothing under the eyes of a reader who was led to a row
  const target = table.querySelector(":target");
  const top = () => target?.getBoundingClientRect().top ?? 0;
  const before = top();
  const led = read();
  update(false);
  (table.closest(".pst-scrollable-table-container") ?? table).before(tools);
  if (location.hash) showTarget();
  else if (led) tools.scrollIntoView();
  if (before >= 0 && before < innerHeight) scrollBy(0, top() - before);
};
