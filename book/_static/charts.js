// Makes a chart interactive when it comes near the view. The picture in the page stays until
// the live one is ready, and stays for good where scripts or Vega fail.
(() => {
  const here = document.currentScript.src;
  let loading;
  const vega = () =>
    (loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL("vega.js", here);
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    }));

  async function enliven(chart) {
    await vega();
    const spec = JSON.parse(chart.querySelector("script").textContent);
    const live = document.createElement("div");
    await window.vegaEmbed(live, spec, { renderer: "svg", actions: false });
    chart.querySelector(":scope > svg").replaceWith(live);
    chart.dataset.live = "true";
  }

  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        watcher.unobserve(target);
        enliven(target).catch((error) => console.error("chart stays static:", error));
      }
    },
    { rootMargin: "200px" },
  );
  document.querySelectorAll(".chart").forEach((chart) => watcher.observe(chart));
})();
