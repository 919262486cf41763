// What the pages do in a browser: charts and tables come alive near the view, claim marks show
// their statement. Everything is complete without it: static charts, whole tables, plain links.
(() => {
  const { src: here, dataset } = document.currentScript;
  const versions = JSON.parse(dataset.versions);
  const root = document.documentElement;
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
      node[style ? "href" : "src"] = new URL(`${name}?v=${versions[name]}`, here);
      document.head.append(node);
    }
    return begun.get(name);
  };

  const made = (tag, text, properties) =>
    Object.assign(document.createElement(tag), { textContent: text }, properties);

  // text as people type it: without accents, with straight quotes and plain hyphens
  const LETTERS = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ı: "i" };
  const fold = (text) =>
    text
      .normalize("NFKD")
      .toLowerCase()
      .replace(/[\p{M}\u00ad\u200b-\u200d]/gu, "")
      .replace(/[ßæœøłđı]/g, (letter) => LETTERS[letter])
      .replace(/[‘’‚‛ʹʻʼˈ′`´]/g, "'")
      .replace(/[“”„‟″«»]/g, '"')
      .replace(/[\p{Pd}\u2212\u2043]/gu, "-")
      .replace(/\s+/g, " ");
  // words to look for, and what stands in quotes as one
  const terms = (typed) =>
    [...fold(typed).matchAll(/"([^"]+)"?|[^\s"]+/g)]
      .map(([all, phrase]) => (phrase ?? all).trim())
      .filter(Boolean);

  // light, dark, or as the system has it
  const modes = { auto: "Automatic", light: "Light", dark: "Dark" };
  const button = document.querySelector("[data-mode][type=button]");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    const mode = root.dataset.mode;
    root.dataset.theme = mode === "auto" ? (system.matches ? "dark" : "light") : mode;
    button.lastElementChild.textContent = modes[mode];
    button.setAttribute("aria-label", `Colours: ${modes[mode]}`);
  };
  button.addEventListener("click", () => {
    const names = Object.keys(modes);
    const mode = names[(names.indexOf(root.dataset.mode) + 1) % names.length];
    root.dataset.mode = mode;
    try {
      if (mode === "auto") localStorage.removeItem("theme");
      else localStorage.setItem("theme", mode);
    } catch {
      // a browser may keep nothing for files: the choice holds for this page
    }
    paint();
  });
  system.addEventListener("change", paint);
  paint();

  // the parts below the first view are laid out one by one, when the browser has time for it
  const idle = window.requestIdleCallback ?? setTimeout;
  const parts = [...document.querySelectorAll("article section section ~ section")];
  const layOut = () => {
    parts.shift()?.classList.add("laid");
    if (parts.length) return void idle(layOut);
    // what was led to may have been pushed a little by what lies above it
    const target = document.querySelector(":target");
    const drift = target?.getBoundingClientRect().top - parseFloat(getComputedStyle(root).scrollPaddingTop);
    if (Math.abs(drift) < 40) target.scrollIntoView();
  };
  addEventListener("load", () => idle(layOut));

  // code can be copied
  for (const block of document.querySelectorAll(".highlight")) {
    const copy = made("button", "Copy", { type: "button", className: "copy" });
    copy.addEventListener("click", async () => {
      const code = block.querySelector("pre");
      try {
        await navigator.clipboard.writeText(code.textContent);
        copy.textContent = "Copied";
      } catch {
        // a page without encryption has no clipboard: by the selection, as a reader would
        getSelection().selectAllChildren(code);
        copy.textContent = document.execCommand("copy") ? "Copied" : "Selected: copy by key";
      }
      setTimeout(() => (copy.textContent = "Copy"), 2000);
    });
    block.append(copy);
  }

  // a reader who moves, scrolls or types wants the page alive; until then it only has to show
  const stirred = new Promise((resolve) => {
    for (const sign of ["scroll", "pointermove", "pointerdown", "touchstart", "wheel", "keydown"])
      addEventListener(sign, resolve, { once: true, passive: true, capture: true });
  });
  // one thing at a time, when the browser has time for it, or after a second without
  let last = stirred;
  const inTurn = (work) => {
    const done = last.then(() => new Promise((go) => idle(go, { timeout: 1000 }))).then(work);
    last = done.catch(() => {});
    return done;
  };

  const whenNear = (selector, enliven) => {
    const watcher = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) {
          if (!isIntersecting) continue;
          watcher.unobserve(target);
          inTurn(() => enliven(target))
            .then(() => (target.dataset.live = "true"))
            .catch((error) => console.error("stays static:", error));
        }
      },
      { rootMargin: "200px" },
    );
    document.querySelectorAll(selector).forEach((element) => watcher.observe(element));
  };

  // what a chart is made of, to take away: data, picture, specification
  const save = (name, content, type) => {
    const url = content instanceof Blob ? URL.createObjectURL(content) : content;
    const address = type ? URL.createObjectURL(new Blob([content], { type })) : url;
    made("a", "", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  };
  const largest = (spec) => {
    const sets = Object.values(spec.datasets ?? {}).filter((rows) => rows.length && rows[0]);
    return sets.sort((a, b) => b.length - a.length)[0] ?? [];
  };
  const asTable = (rows) => {
    const names = [...new Set(rows.flatMap(Object.keys))];
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    head.append(...names.map((name) => made("th", name, { scope: "col" })));
    const body = table.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      for (const name of names) line.insertCell().textContent = row[name] ?? "";
    }
    table.createCaption().textContent = "Data of the chart";
    return table;
  };
  const asCsv = (rows, names = [...new Set(rows.flatMap(Object.keys))]) => {
    // words that a spreadsheet would take for a formula are kept words by an apostrophe
    const safe = (value) => (/^[=+\-@\t\r]/.test(value) && isNaN(value) ? `'${value}` : value);
    const cell = (value) => `"${safe(String(value ?? "")).replaceAll('"', '""')}"`;
    const lines = [names, ...rows.map((row) => names.map((name) => row[name]))];
    // with its mark, by which a spreadsheet knows the letters to be UTF-8
    return `\ufeff${lines.map((line) => line.map(cell).join(",")).join("\r\n")}`;
  };
  for (const chart of document.querySelectorAll(".chart")) {
    const name = chart.closest("figure")?.id ?? "chart";
    const menu = made("details", "", { className: "chart-menu" });
    menu.append(made("summary", "Data and picture"));
    menu.addEventListener(
      "toggle",
      () => {
        const text = chart.querySelector("script").textContent;
        const spec = JSON.parse(text);
        const rows = largest(spec);
        const picture = () => new XMLSerializer().serializeToString(chart.querySelector("svg"));
        const data = made("div", "", { className: "chart-data", tabIndex: 0, hidden: true });
        data.setAttribute("role", "region");
        data.setAttribute("aria-label", "Data of the chart");
        const show = () => {
          if (!data.firstChild) data.append(asTable(rows));
          data.hidden = !data.hidden;
        };
        const png = async () => {
          const image = new Image();
          image.src = URL.createObjectURL(new Blob([picture()], { type: "image/svg+xml" }));
          await image.decode();
          URL.revokeObjectURL(image.src);
          const canvas = document.createElement("canvas");
          [canvas.width, canvas.height] = [2 * image.width, 2 * image.height];
          const pen = canvas.getContext("2d");
          pen.fillStyle = getComputedStyle(document.body).backgroundColor;
          pen.fillRect(0, 0, canvas.width, canvas.height);
          pen.drawImage(image, 0, 0, canvas.width, canvas.height);
          canvas.toBlob((blob) => save(`${name}.png`, blob));
        };
        const entries = {
          "Show the data": show,
          "Data (CSV)": () => save(`${name}.csv`, asCsv(rows), "text/csv"),
          "Picture (SVG)": () => save(`${name}.svg`, picture(), "image/svg+xml"),
          "Picture (PNG)": png,
          "Specification (JSON)": () => save(`${name}.json`, text, "application/json"),
        };
        for (const [words, act] of Object.entries(entries)) {
          const entry = made("button", words, { type: "button" });
          entry.addEventListener("click", act);
          menu.append(entry);
        }
        const notebook = document.querySelector("[data-notebook]");
        menu.append(made("a", "Notebooks (ZIP)", { href: notebook.href, download: "" }), data);
      },
      { once: true },
    );
    chart.after(menu);
  }

  // charts: the picture in the page stays until the live one is ready
  whenNear(".chart", async (chart) => {
    await fetched("vega.js");
    const spec = JSON.parse(chart.querySelector("script").textContent);
    const live = document.createElement("div");
    // ast: expressions are interpreted, not made into code, which the pages forbid
    const options = { renderer: "svg", actions: false, ast: true };
    const { view } = await window.vegaEmbed(live, spec, options);
    live.chartView = view; // for whoever wants to ask the chart, such as our tests
    // brushes are areas to draw on, not pictures that would need a description
    for (const area of live.querySelectorAll("[role=graphics-symbol]:not([aria-label])")) {
      area.removeAttribute("role");
      area.removeAttribute("aria-roledescription");
    }
    // a picture that begins with its end goes on there
    const end = getComputedStyle(chart).direction === "rtl";
    chart.querySelector(":scope > svg").replaceWith(live);
    if (end) chart.scrollLeft = chart.scrollWidth;
  });

  // tables; one that the address has a choice for is alive at once
  const enlivenTable = async (table) => {
    await fetched("tables.js");
    window.liveTable(table, { made, fold, terms, save, asCsv });
  };
  if (location.search)
    for (const table of document.querySelectorAll("table.live")) {
      table.dataset.woken = "";
      enlivenTable(table).then(() => (table.dataset.live = "true"));
    }
  whenNear("table.live:not([data-woken])", enlivenTable);

  // claim marks: hover and focus show the statement; a click or tap opens a card with the reason,
  // the source and the link to the ledger, which without scripts is all that the mark is
  const marks = [...document.querySelectorAll("sup.claim > a")];
  const known = async (mark) => {
    await fetched("ledger.js");
    return window.ledger[mark.textContent];
  };
  // below the mark, or above it where there is no room below
  const placeAt = (box, mark) => {
    const at = mark.getBoundingClientRect();
    const most = root.clientWidth - box.offsetWidth - 8;
    const below = at.bottom + box.offsetHeight + 8 < innerHeight;
    box.style.left = `${Math.max(8, Math.min(at.left, most))}px`;
    box.style.top = `${Math.max(8, below ? at.bottom + 4 : at.top - box.offsetHeight - 4)}px`;
  };

  const tip = made("div", "", { id: "claim-tip", role: "tooltip", hidden: true });
  let shown = null;
  let waiting;
  const hide = () => {
    clearTimeout(waiting);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    tip.hidden = true;
  };
  const show = async (mark) => {
    clearTimeout(waiting);
    const claim = await known(mark);
    if (!claim || card.matches(":popover-open")) return;
    hide();
    shown = mark;
    tip.replaceChildren(made("strong", `${mark.textContent}: ${claim[1]}`), ` ${claim[0]}`);
    tip.hidden = false;
    document.body.append(tip);
    mark.setAttribute("aria-describedby", tip.id);
    placeAt(tip, mark);
  };
  const hideSoon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(hide, 200);
  };

  // a popover: Escape and a click elsewhere close it, and the mark has the focus again
  const card = made("div", "", { id: "claim-card", role: "dialog", popover: "auto", tabIndex: -1 });
  const open = async (mark) => {
    const claim = await known(mark);
    if (!claim) return void (location.href = mark.href);
    hide();
    const [statement, verdict, why, title, url] = claim;
    const id = mark.textContent;
    const head = made("p", `${id}: `, { className: "head" });
    const sign = verdict.replaceAll(" ", "-");
    head.append(made("span", verdict, { className: `verdict ${sign}` }));
    const source = made("p", "Source: ");
    source.append(made("a", title, { href: url }));
    const row = made("p", "");
    row.append(made("a", `${id} in the ledger`, { href: mark.href }));
    const close = made("button", "Close", { type: "button" });
    close.addEventListener("click", () => card.hidePopover());
    head.append(close);
    card.setAttribute("aria-label", `${id}: ${verdict}`);
    card.replaceChildren(head, made("p", statement), made("p", why), ...(url ? [source] : []), row);
    document.body.append(card);
    mark.focus({ preventScroll: true });
    card.showPopover();
    placeAt(card, mark);
    card.focus({ preventScroll: true });
  };
  card.addEventListener("keydown", (event) => {
    const stops = card.querySelectorAll("a, button");
    const ends = [event.shiftKey ? stops[0] : stops[stops.length - 1], event.shiftKey && card];
    if (event.key !== "Tab" || !ends.includes(document.activeElement)) return;
    event.preventDefault(); // back to where the reader was
    card.hidePopover();
  });

  for (const mark of marks) {
    // said to those who hear the page; seen, the tip would show twice
    mark.setAttribute("aria-label", mark.title);
    mark.removeAttribute("title");
    let touch = false;
    mark.addEventListener("pointerenter", (event) => {
      touch = event.pointerType === "touch";
      if (touch) return;
      clearTimeout(waiting);
      waiting = setTimeout(() => show(mark), 120);
    });
    mark.addEventListener("pointerleave", (event) => event.pointerType === "touch" || hideSoon());
    mark.addEventListener("focus", () => touch || (mark.matches(":focus-visible") && show(mark)));
    mark.addEventListener("blur", hideSoon);
    mark.addEventListener("click", (event) => {
      const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
      if (elsewhere || !card.showPopover) return;
      event.preventDefault();
      open(mark).catch(() => (location.href = mark.href));
    });
  }
  // a reader may move the pointer onto the text, and Escape closes it
  tip.addEventListener("pointerenter", () => clearTimeout(waiting));
  tip.addEventListener("pointerleave", hideSoon);
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  window.addEventListener("scroll", hide, { passive: true, capture: true });

  // search: its own page, over sections and over rows of the long tables
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "k") {
      event.preventDefault();
      location.href = document.querySelector("[data-search]").href;
    }
  });
  const form = document.querySelector(".search-form");
  if (form) {
    const field = form.querySelector("input");
    const list = document.querySelector(".results");
    const find = async () => {
      await fetched("search.js");
      window.bookEntries.forEach((entry) => (entry[3] ??= [fold(entry[1]), fold(entry[2])]));
      const words = terms(field.value);
      const found = !words.length
        ? []
        : window.bookEntries
            .filter(([, , , kept]) => words.every((w) => kept.some((text) => text.includes(w))))
            .map((entry) => {
              const [title, text] = entry[3];
              const first = text.split(" ")[0];
              const score = words.reduce(
                (sum, w) => sum + 8 * (first === w) + 4 * title.includes(w) + text.includes(w),
                0,
              );
              return [score, entry, text];
            })
            .sort((a, b) => b[0] - a[0]);
      list.replaceChildren(
        ...found.slice(0, 60).map(([, [address, title, text], lower]) => {
          const item = document.createElement("li");
          item.append(made("a", title, { href: `${root.dataset.content_root}book/${address}` }));
          const at = Math.max(0, lower.indexOf(words[0]) - 60);
          item.append(made("p", (at ? "… " : "") + text.slice(at, at + 200)));
          return item;
        }),
      );
      const number = found.length > 60 ? `${found.length} places, the first 60 shown` : `${found.length} places`;
      document.querySelector(".found").textContent = words.length ? number : "";
      history.replaceState(null, "", `?q=${encodeURIComponent(field.value)}`);
    };
    let typing;
    field.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(find, 150);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      find();
    });
    field.value = new URLSearchParams(location.search).get("q") ?? "";
    if (field.value) find();
    field.focus();
  }
})();
