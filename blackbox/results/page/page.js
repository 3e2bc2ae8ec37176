// Glue between the data of this page, its selectors, Tabulator (tables) and Plotly (curves).
// Names from outside reach the page as text only: textContent, Tabulator's escaping formatters,
// and for Plotly the labels that were escaped when the data was made.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const form = document.getElementById("selectors");
const axes = document.getElementById("axes");
const ALL = "all objectives";
const NONE = "–";
const narrow = matchMedia("(max-width: 640px)");
const dark = matchMedia("(prefers-color-scheme: dark)");
const plots = new Map(); // objective -> its element
const touched = {}; // axes that the reader has chosen, instead of what suits each objective
let summary;

// selectors

function radios(id, name, texts, chosen) {
  const place = document.getElementById(id);
  texts.forEach((text, nth) => {
    const label = place.appendChild(document.createElement("label"));
    const input = label.appendChild(document.createElement("input"));
    Object.assign(input, { type: "radio", name, value: nth, checked: nth === chosen });
    label.append(text);
  });
  place.hidden = texts.length < 2;
}

function choices() {
  const panel = data.panels[Number(form.elements.price?.value ?? 0)];
  const share = Number(form.elements.share.value);
  const objective = form.elements.objective.value;
  const objectives = objective === ALL ? data.objectives : [objective];
  return { panel, share, objectives };
}

function fillSelectors() {
  const names = data.objectives.length > 1 ? [...data.objectives, ALL] : data.objectives;
  for (const name of names) form.elements.objective.add(new Option(name, name));
  document.getElementById("objectives").hidden = names.length < 2;
  const prices = data.panels.map((panel) => panel.price);
  radios("prices", "price", prices.map(String), Math.max(prices.indexOf(1), 0));
  const shares = data.shares.map((share) => `${100 * share} %`);
  radios("shares", "share", shares, shares.length - 1);
}

// tables

const number = (text) => (text === "inf" ? Infinity : text === "-inf" ? -Infinity : parseFloat(text));

// Numbers by their size, whatever stands behind them; what is no number goes last, both ways.
function byNumber(a, b, rowA, rowB, column, direction) {
  const [x, y] = [number(a), number(b)];
  const last = direction === "asc" ? 1 : -1;
  if (isNaN(x) || isNaN(y)) return isNaN(x) === isNaN(y) ? 0 : isNaN(x) ? last : -last;
  return x - y;
}

function column({ title, numeric, tip }, nth) {
  const own = numeric ? { hozAlign: "right", headerHozAlign: "right", sorter: byNumber } : {};
  const formatter = numeric ? "plaintext" : "textarea";
  return { title: title, field: `c${nth}`, formatter, headerTooltip: tip || false, ...own };
}

const asRow = (cells) => Object.fromEntries(cells.map((text, nth) => [`c${nth}`, text]));

function buildTable(place, columns, rows, options = {}) {
  return new Tabulator(place, {
    data: rows.map(asRow),
    columns,
    layout: "fitDataTable",
    nestedFieldSeparator: false,
    columnDefaults: { maxWidth: narrow.matches ? 220 : 460, sorter: "string", resizable: false, titleFormatter: "plaintext" },
    ...(rows.length > 60 ? { maxHeight: "75vh" } : {}),
    ...options,
  });
}

// A table is drawn when its section is first seen: one that is hidden has no width to fit.
function showChapters(price) {
  for (const part of document.querySelectorAll("[data-price]")) {
    part.hidden = Number(part.dataset.price) !== price;
  }
  for (const place of document.querySelectorAll(".table[data-chapter]:not(.tabulator)")) {
    const { columns, rows } = data.chapters[place.dataset.chapter];
    if (place.offsetParent) buildTable(place, columns.map(column), rows);
  }
}

function named(cell) {
  const line = data.strategies[cell.getValue()];
  const swatch = document.createElement("span");
  swatch.className = "swatch";
  swatch.style.background = isDark() ? line?.dark : line?.colour;
  const box = document.createElement("span");
  box.className = "named";
  box.append(swatch, cell.getValue());
  return box;
}

function drawSummary({ panel, share, objectives }) {
  const rows = panel.tables[share].filter(([objective]) => objectives.includes(objective));
  const told = (nth) => nth === 1 || (nth > 1 && rows.some((row) => row[nth] !== NONE));
  const columns = data.columns.map(column).filter((each, nth) => told(nth));
  Object.assign(columns[0], { formatter: named, variableHeight: true, frozen: true, maxWidth: narrow.matches ? 170 : 320 });
  const sorters = summary?.getSorters().map(({ field, dir }) => ({ column: field, dir })) ?? [];
  summary?.destroy();
  summary = buildTable("#summary", columns, rows, {
    groupBy: objectives.length > 1 ? "c0" : false,
    groupHeader: (name, count) => document.createTextNode(name),
    initialSort: sorters,
    initialFilter: filters(),
    placeholder: "no strategy is called so",
  });
}

function filters() {
  const value = document.getElementById("filter").value;
  return value ? [{ field: "c1", type: "like", value }] : [];
}

// curves

const isDark = () => (document.documentElement.style.colorScheme || (dark.matches ? "dark" : "light")) === "dark";

// What was found up to a cost: the axes fit what is shown.
function cut(line, end) {
  const n = line.cost.filter((cost) => cost <= end).length;
  const upTo = (values) => values && [...values.slice(0, n), values[n - 1]];
  return { cost: [...line.cost.slice(0, n), end], mean: upTo(line.mean), low: upTo(line.low), high: upTo(line.high) };
}

function traces(chart, end, order, gap) {
  const value = (y) => (y === null ? null : gap ? (chart.known - y > 0 ? chart.known - y : null) : y);
  return Object.entries(chart.lines).flatMap(([name, whole]) => {
    const line = cut(whole, end);
    const style = data.strategies[name];
    const colour = isDark() ? style.dark : style.colour;
    const shared = {
      x: line.cost, name: style.label, legendgroup: name, mode: "lines", type: "scatter",
      legendrank: 1000 + order.indexOf(name),
    };
    const edge = (side, more) => ({
      ...shared, y: line[side].map(value), uid: `${side} ${name}`, showlegend: false, hoverinfo: "skip",
      line: { width: 0, shape: "hv" }, fillcolor: `${colour}2a`, ...more,
    });
    const band = line.low ? [edge("low", {}), edge("high", { fill: "tonexty" })] : [];
    const mean = {
      ...shared, y: line.mean.map(value), uid: `mean ${name}`,
      line: { color: colour, dash: style.dash, width: 2, shape: "hv" },
      hovertemplate: "%{y:.4~g}<extra>%{fullData.name}</extra>",
    };
    return [...band, mean];
  });
}

function chartLayout(chart, end, logX, gap, count, clock) {
  const ink = getComputedStyle(document.body);
  const [text, pale] = [ink.color, getComputedStyle(form).borderBottomColor];
  const first = clock ? end / 1000 : Math.min(1, end / 100);
  const ruled = { gridcolor: pale, linecolor: pale, zeroline: false, automargin: true };
  const floor = chart.floor === null || gap ? {} : { autorangeoptions: { clipmin: chart.floor } };
  const below = narrow.matches;
  return {
    autosize: true, height: below ? 360 + 24 * count : Math.max(420, 60 + 22 * count),
    margin: { l: 56, r: 12, t: 12, b: 48 },
    paper_bgcolor: "transparent", plot_bgcolor: "transparent",
    font: { family: ink.fontFamily, size: 13, color: text }, hovermode: "x",
    hoverlabel: { namelength: -1 },
    xaxis: {
      ...ruled, title: { text: clock ? "seconds, thinking spread evenly" : "cost" }, type: logX ? "log" : "linear",
      range: logX ? [Math.log10(first), Math.log10(end)] : [0, end],
    },
    yaxis: {
      ...ruled, ...floor, title: { text: gap ? "gap to the best known" : "best score so far" },
      type: gap ? "log" : "linear", exponentformat: "power",
    },
    legend: below
      ? { orientation: "h", x: 0, y: -0.2, yanchor: "top" }
      : { x: 1.02, y: 1, title: { text: "best mean first", font: { size: 12 } } },
    uirevision: `${end} ${logX} ${gap} ${clock}`, // zoom is kept while these stay
    legend_uirevision: "kept",
  };
}

function drawCharts({ panel, share, objectives }) {
  const place = document.getElementById("charts");
  for (const [name, box] of plots) box.hidden = !objectives.includes(name);
  for (const objective of objectives) {
    if (!plots.has(objective)) {
      const box = place.appendChild(document.createElement("div"));
      box.appendChild(document.createElement("h3")).textContent = objective;
      box.appendChild(document.createElement("div")).className = "chart";
      plots.set(objective, box);
    }
    const clock = axes.elements["seconds"].checked ? panel.charts[objective].clock : null;
    // Seconds are no part of the budget: over them runs are shown whole.
    const chart = { ...panel.charts[objective], ...clock };
    const logX = axes.elements["log-x"].checked;
    const gap = touched["log-y"] ? axes.elements["log-y"].checked : chart.log;
    if (!touched["log-y"]) axes.elements["log-y"].checked = gap;
    const order = panel.tables[share].filter((row) => row[0] === objective).map((row) => row[1]);
    const end = clock ? clock.end : chart.budget * data.shares[share];
    const layout = chartLayout(chart, end, logX, gap, order.length, Boolean(clock));
    const box = plots.get(objective).querySelector(".chart");
    Plotly.react(box, traces(chart, end, order, gap), layout, { displaylogo: false, responsive: true });
  }
}

// all together

function told({ panel, share }) {
  const part = data.shares[share];
  const cost = `A score costs 1, its gradient ${panel.price} more.`;
  const whole = "Every run is read at its whole budget.";
  const cut = `Every run is read at ${100 * part} % of its budget: what it had found by then.`;
  return `${cost} ${part < 1 ? cut : whole} Click a heading to sort.`;
}

function draw() {
  const chosen = choices();
  document.getElementById("reading").textContent = told(chosen);
  drawSummary(chosen);
  drawCharts(chosen);
  showChapters(chosen.panel.price);
}

function changeTheme() {
  document.documentElement.style.colorScheme = isDark() ? "light" : "dark";
  draw();
}

if (data.objectives.length) {
  fillSelectors();
  draw();
  form.addEventListener("change", draw);
  form.addEventListener("submit", (event) => event.preventDefault());
  axes.addEventListener("change", ({ target }) => {
    touched[target.name] = true;
    drawCharts(choices());
  });
  document.getElementById("filter").addEventListener("input", () => summary.setFilter(filters()));
  document.getElementById("theme").addEventListener("click", changeTheme);
  for (const watched of [dark, narrow]) watched.addEventListener("change", draw);
} else {
  form.hidden = document.getElementById("compare").hidden = true;
  showChapters();
}
