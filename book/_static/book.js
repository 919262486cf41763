// What the pages do in a browser: charts and tables come alive near the view, claim marks show
// their statement. Everything is complete without it: static charts, whole tables, plain links.
(() => {
  const here = document.currentScript.src;
  const begun = new Map();

  // fetch a script or style sheet of _static once, when it is first needed
  const fetched = (name) => {
    if (!begun.has(name)) {
      const style = name.endsWith(".css");
      const node = document.createElement(style ? "link" : "script");
      begun.set(
        name,
        new Promise((resolve, reject) => {
          node.onload = resolve;
          node.onerror = () => reject(new Error(`${name} was not found`));
        }),
      );
      if (style) node.rel = "stylesheet";
      node[style ? "href" : "src"] = new URL(name, here);
      document.head.append(node);
    }
    return begun.get(name);
  };

  const whenNear = (selector, enliven) => {
    const watcher = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) {
          if (!isIntersecting) continue;
          watcher.unobserve(target);
          enliven(target)
            .then(() => (target.dataset.live = "true"))
            .catch((error) => console.error("stays static:", error));
        }
      },
      { rootMargin: "200px" },
    );
    document.querySelectorAll(selector).forEach((element) => watcher.observe(element));
  };

  // charts: the picture in the page stays until the live one is ready
  whenNear(".chart", async (chart) => {
    await fetched("vega.js");
    const spec = JSON.parse(chart.querySelector("script").textContent);
    const live = document.createElement("div");
    const { view } = await window.vegaEmbed(live, spec, { renderer: "svg", actions: false });
    live.chartView = view; // for whoever wants to ask the chart, such as our tests
    chart.querySelector(":scope > svg").replaceWith(live);
  });

  // DataTables knows the dark page by a class, the theme by an attribute
  const followTheme = () => {
    const root = document.documentElement;
    const follow = () => root.classList.toggle("dark", root.dataset.theme === "dark");
    new MutationObserver(follow).observe(root, { attributeFilter: ["data-theme"] });
    follow();
  };

  // tables: sort, search, filter by the columns with few values, download what is shown
  whenNear("table.live", async (table) => {
    await Promise.all([fetched("datatables.js"), fetched("datatables.css")]);
    const rows = [...table.tBodies[0].rows];
    const few = [...table.tHead.rows[0].cells].flatMap((_, index) => {
      const values = new Set(rows.map((row) => row.cells[index].textContent));
      return values.size < 15 && values.size < rows.length / 4 ? [index] : [];
    });
    const live = new window.DataTable(table, {
      paging: false, // every row stays in the page, so that links to it and find-in-page work
      order: [],
      autoWidth: false,
      columnDefs: [
        { targets: few, columnControl: [["searchList"]] },
        // left to itself it takes F012 for an amount of money
        { targets: "_all", type: "string" },
      ],
      ordering: { indicators: false },
      layout: {
        topStart: { buttons: [{ extend: "csv", text: "Download CSV" }] },
        topEnd: { search: { placeholder: "Search the table" } },
        bottomStart: "info",
        bottomEnd: null,
      },
    });
    followTheme();
    const showTarget = () => {
      const id = decodeURIComponent(location.hash.slice(1));
      const row = id && rows.find((candidate) => candidate.querySelector(`[id="${id}"]`));
      if (!row) return;
      if (!row.isConnected) {
        live.search("").columns().columnControl.searchClear();
        live.draw();
      }
      document.getElementById(id).scrollIntoView({ block: "center" });
    };
    window.addEventListener("hashchange", showTarget);
    showTarget();
  });

  // claim marks: hover, focus or tap shows the statement; a click leads to the ledger
  const tip = document.createElement("div");
  tip.id = "claim-tip";
  tip.role = "tooltip";
  tip.hidden = true;
  let shown = null;
  let waiting;

  const hide = () => {
    clearTimeout(waiting);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    tip.hidden = true;
  };

  const show = async (mark, touched) => {
    clearTimeout(waiting);
    await fetched("ledger.js");
    const claim = window.ledger[mark.textContent];
    if (!claim) return;
    hide();
    shown = mark;
    const [statement, verdict] = claim;
    const head = document.createElement("strong");
    head.textContent = `${mark.textContent}: ${verdict}`;
    tip.replaceChildren(head, ` ${statement}`, ...(touched ? [" (Tap again for the ledger.)"] : []));
    tip.hidden = false;
    document.body.append(tip);
    mark.setAttribute("aria-describedby", tip.id);
    const at = mark.getBoundingClientRect();
    const most = document.documentElement.clientWidth - tip.offsetWidth - 8;
    const below = at.bottom + tip.offsetHeight + 8 < window.innerHeight;
    tip.style.left = `${Math.max(8, Math.min(at.left, most))}px`;
    tip.style.top = `${below ? at.bottom + 4 : at.top - tip.offsetHeight - 4}px`;
  };

  const hideSoon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(hide, 200);
  };

  for (const mark of document.querySelectorAll("sup.claim > a")) {
    let touch = false;
    mark.addEventListener("pointerenter", (event) => {
      touch = event.pointerType === "touch";
      if (touch) return;
      clearTimeout(waiting);
      waiting = setTimeout(() => show(mark), 120);
    });
    mark.addEventListener("pointerleave", (event) => event.pointerType === "touch" || hideSoon());
    mark.addEventListener("focus", () => touch || show(mark));
    mark.addEventListener("blur", hideSoon);
    mark.addEventListener("click", (event) => {
      if (!touch || shown === mark) return;
      event.preventDefault();
      show(mark, true);
    });
  }
  // a reader may move the pointer onto the text, and Escape closes it
  tip.addEventListener("pointerenter", () => clearTimeout(waiting));
  tip.addEventListener("pointerleave", hideSoon);
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  window.addEventListener("scroll", hide, { passive: true, capture: true });
})();
