// One script for every page: language, choices in the address, charts, tables that sort and page, CSV, search.
"use strict";
const root = document.documentElement, address = new URLSearchParams(location.search);
const korean = () => root.dataset.lang === "ko";
const read = id => JSON.parse(document.getElementById(id)?.textContent || "null");
const text = (english, other) => (korean() && other ? other : english);
const said = name => { const [english, other] = SITE.words[name]; return text(english, other); };
const filledIn = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const made = (tag, content, className) => {
  const element = document.createElement(tag);
  if (content !== undefined) element.textContent = content;
  if (className) element.className = className;
  return element;
};

// The address keeps what is chosen, so that a link shows the same.
function keep(name, value) {
  if (value) address.set(name, value); else address.delete(name);
  const query = address.toString();
  history.replaceState(null, "", location.pathname + (query ? `?${query}` : "") + location.hash);
}

function setLanguage(language) {
  root.dataset.lang = root.lang = language;
  try { localStorage.setItem("groundwork.language", language); } catch { /* a browser may refuse to keep anything */ }
  for (const element of document.querySelectorAll("option[data-en]")) element.textContent = element.dataset[language];
  for (const name of ["aria-label", "placeholder", "title"])
    for (const element of document.querySelectorAll(`[data-en-${name}]`))
      element.setAttribute(name, element.getAttribute(`data-${language}-${name}`));
  // A page opened from a disk may keep nothing: the links carry the language along.
  for (const link of document.querySelectorAll("a[href]")) {
    const target = link.getAttribute("href");
    if (!/^[^#:?]+\.html(\?|#|$)/.test(target) || /(^|\/)(dbt|lineage)\//.test(target)) continue;
    link.setAttribute("href", linkIn(language, target));
  }
}

function linkIn(language, target) {
  const [, path, query, hash] = target.match(/^([^?#]*)(\?[^#]*)?(#.*)?$/);
  const values = new URLSearchParams(query || "");
  if (language === "ko") values.set("lang", "ko"); else values.delete("lang");
  return path + (values.toString() ? `?${values}` : "") + (hash || "");
}

// ---- Numbers, as the pages write them ------------------------------------------------------------------------------
function shown(value, unit) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return value ? "✓" : "–";
  if (unit === "month" && isDay(value)) return monthName(value);
  if (typeof value !== "number") return String(value);
  const sign = value < 0 ? "−" : "", size = Math.abs(value);
  const fixed = (digits, number = size) => number.toLocaleString("en-US", {minimumFractionDigits: digits, maximumFractionDigits: digits});
  if (unit === "share") return `${sign}${fixed(size > 0 && size < 0.01 ? 2 : 1, 100 * size)}%`;
  if (unit === "points") return `${value > 0 ? "+" : sign}${fixed(1, 100 * size)} ${text("points", "포인트")}`;
  if (unit === "change") return `${value > 0 ? "+" : sign}${fixed(1, 100 * size)} %`;
  if (unit === "ratio") return sign + fixed(2);
  if (unit === "money") return sign + SITE.currency + fixed(size < 1000 && !Number.isInteger(size) ? 2 : 0);
  return sign + fixed(Number.isInteger(size) || size >= 100 ? 0 : 1);
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
function monthName(day) {
  const year = day.slice(0, 4), month = Number(day.slice(5, 7));
  return text(`${MONTHS[month - 1]} ${year}`, `${year}년 ${month}월`);
}

function csvOf(names, rows) {
  const cell = value => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  return [names, ...rows].map(row => row.map(value => cell(value === null || value === undefined ? "" : String(value))).join(",")).join("\n") + "\n";
}
function download(name, content) {
  const link = made("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", content], {type: "text/csv"}));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

// ---- Cards -----------------------------------------------------------------------------------------------------------
const isDay = value => typeof value === "string" && /^\d{4}-\d\d-\d\d/.test(value);

// The rows that the reader's choices leave. Rows of brand "all" stand for all brands together, where there are any. Each
// brand by itself is shown where a table or the drawing names brands; a drawing that does not stays with all together.
function chosen(card, choices) {
  let rows = card.rows;
  if (rows.length && "brand" in rows[0] && !(card.series && choices.brand === "each")) {
    const hasAll = rows.some(row => row.brand === "all");
    const brand = choices.brand || "all";
    if (brand === "each") rows = rows.filter(row => (row.brand === "all") === (hasAll && !card.by_brand));
    else if (brand !== "all" || hasAll) rows = rows.filter(row => row.brand === brand);
  }
  const day = card.period;
  if (choices.months && day && rows.some(row => isDay(row[day]))) {
    const last = card.rows.reduce((newest, row) => (row[day] > newest ? row[day] : newest), "");
    const from = new Date(`${last.slice(0, 7)}-01T00:00:00Z`);
    from.setUTCMonth(from.getUTCMonth() - Number(choices.months) + 1);
    rows = rows.filter(row => row[day] >= from.toISOString().slice(0, 10));
  }
  return rows;
}

// Values that have a name in each language, and texts whose Korean is another column.
function worded(card, rows) {
  const changed = Object.entries(card.columns).filter(([name, column]) => column.values || column.korean || name === "brand");
  if (!changed.length) return rows;
  const wordOf = (row, name, column) => {
    if (name === "brand" && row.brand === "all") return said("all_brands");
    if (typeof row[name] === "boolean") return row[name];
    if (column.korean) return korean() ? row[column.korean] ?? row[name] : row[name];
    const names = (column.values || {})[row[name]];
    return names ? text(...names) : row[name];
  };
  return rows.map(row => ({...row, _raw: row, ...Object.fromEntries(changed.map(([name, column]) => [name, wordOf(row, name, column)]))}));
}

const dark = matchMedia("(prefers-color-scheme: dark)");
function coloured(spec, colors) {
  if (Array.isArray(spec)) return spec.map(part => coloured(part, colors));
  if (spec && typeof spec === "object") return Object.fromEntries(Object.entries(spec).map(([key, part]) => [key, coloured(part, colors)]));
  return typeof spec === "string" && spec[0] === "@" ? colors[spec.slice(1)] : spec;
}

// Titles of a drawing are English; its columns know them in Korean.
function inLanguage(spec, columns) {
  if (!korean()) return spec;
  const names = Object.fromEntries(Object.values(columns).filter(column => column.ko).map(column => [column.en, column.ko]));
  const walk = part => {
    if (Array.isArray(part)) return part.map(walk);
    if (!part || typeof part !== "object") return part;
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key,
      key === "title" && names[value] ? names[value] : key === "format" && value === "%b %Y" ? "%Y년 %-m월" : walk(value)]));
  };
  return walk(spec);
}

// A colour stands for the same value whatever is chosen; the legend names those that are seen, in as many columns as
// there is room for. What a pointer sees of a mark is written as in the table.
function readable(spec, card, rows, width) {
  if (card.series) return spec;
  const lying = spec.encoding?.y?.type === "nominal", room = width - (lying ? (width < 480 ? 130 : 190) : 60);
  const everything = worded(card, card.rows);
  const walk = part => {
    if (Array.isArray(part)) return part.map(walk);
    if (!part || typeof part !== "object") return part;
    return Object.fromEntries(Object.entries(part).map(([key, value]) => {
      if (key === "color" && value && value.field && value.type !== "quantitative") {
        const seen = found => [...new Set(found.map(row => row[value.field]).filter(one => one !== null && one !== undefined))];
        const kept = seen(rows), longest = Math.max(...kept.map(one => String(one).length));
        const columns = Math.max(1, Math.floor(room / (longest * (korean() ? 12 : 7) + 34)));
        // A card may give its values colours of their own.
        const names = card.columns[value.field]?.values || {}, own = value.scale?.range && value.scale.domain.map(one => (names[one] ? text(...names[one]) : one));
        if (own) kept.sort((one, other) => own.indexOf(one) - own.indexOf(other));
        return [key, {...value, scale: {...value.scale, domain: own || seen(everything)}, legend: {...value.legend, values: kept, columns}}];
      }
      if (key === "labelLimit" && width < 480) return [key, Math.min(value, 140)];
      if (key === "tooltip" && Array.isArray(value)) return [key, value.map(one => ({...one, field: `shown_${one.field}`, type: "nominal"}))];
      return [key, walk(value)];
    }));
  };
  return walk(spec);
}
const written = (card, rows) => rows.map(row => ({...row, ...Object.fromEntries(Object.entries(card.columns).map(
  ([name, column]) => [`shown_${name}`, textOf(row, name, column)]))}));
const textOf = (row, name, column) => {
  if (typeof row[name] === "boolean" && column.values) return text(...column.values[row[name]]);
  const unit = column.unit_of ? row[column.unit_of] : column.unit, value = shown(row[name], unit);
  if (!column.low || typeof row[name] !== "number" || typeof row[column.low] !== "number") return value;
  const [low, high] = [column.low, column.high].map(bound => shown(row[bound], unit).replace(/ (points|포인트)$/, ""));
  return `${value} (${low} – ${high})`;
};
// The goal of the brand that is shown, as far as the grain can show it: the first that ends, of several.
function goalOf(card) {
  const {brand, grain} = choicesOf(), note = document.getElementById("goal-note");
  const goal = (card.goals || []).find(one => one.brand === (brand || "all") && one.grains[grain || "month"]);
  if (note) note.textContent = goal ? text(goal.en, goal.ko) : "";
  if (!goal) return [];
  return [{...goal, ...goal.grains[grain || "month"], text: text(goal.en, goal.ko)}];
}

// The drawing library comes after the page: nobody waits for it to read.
let drawing = null;
function library() {
  drawing ||= new Promise((done, failed) => {
    const add = () => {
      const script = made("script");
      script.src = `${document.body.dataset.root}assets/vega.js`;
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    };
    if (document.readyState === "complete") add(); else addEventListener("load", () => setTimeout(add));
  });
  return drawing;
}

const drawn = new Map(), turns = new Map();
async function draw(holder, card, rows) {
  // A later choice may come while the library is on its way: the last one is drawn.
  const turn = (turns.get(holder) || 0) + 1;
  turns.set(holder, turn);
  await library();
  if (turns.get(holder) !== turn) return;
  const theme = SITE.themes[dark.matches ? "dark" : "light"];
  drawn.get(holder)?.finalize();
  holder.replaceChildren();
  const read = inLanguage(readable(card.spec, card, rows, holder.clientWidth), card.columns);
  const spec = coloured(read, theme.colors), goal = goalOf(card);
  if (spec.layer && !goal.length) spec.layer = spec.layer.filter(layer => layer.data?.name !== "goal");
  if (card.series && new Set(rows.map(row => row.brand)).size === 1) spec.encoding = {...spec.encoding, color: {...spec.encoding.color, legend: null}};
  const values = card.series ? rows : written(card, rows);
  const whole = {...spec, data: {values}, ...(goal.length && {datasets: {goal}}), width: "container", autosize: {type: "fit-x", contains: "padding"}};
  const result = await vegaEmbed(holder, whole, {actions: false, renderer: "svg", logLevel: 1, config: {...theme.config, aria: false}, tooltip: {theme: dark.matches ? "dark" : "light"}});
  if (turns.get(holder) !== turn) return result.finalize();
  drawn.set(holder, result);
  // The holder is the picture, with its name; what is drawn in it has none.
  const picture = holder.querySelector("svg");
  picture?.removeAttribute("role");
  picture?.setAttribute("aria-hidden", "true");
}

function tableOf(card, rows) {
  const table = made("table");
  const names = Object.keys(card.columns);
  const head = table.createTHead().insertRow();
  const isNumber = name => rows.some(row => typeof row[name] === "number");
  for (const name of names) {
    const cell = made("th", text(card.columns[name].en, card.columns[name].ko), isNumber(name) ? "number" : "");
    cell.scope = "col";
    head.append(cell);
  }
  const body = table.createTBody();
  // Sums stay below, however the rows are sorted.
  const isSum = row => card.total && row[card.total];
  const foot = rows.some(isSum) ? table.createTFoot() : null;
  for (const row of rows) {
    const line = (isSum(row) ? foot : body).insertRow();
    for (const name of names) {
      const cell = line.insertCell();
      const page = card.columns[name].link && row[card.columns[name].link];
      const column = card.columns[name], content = textOf(row, name, column);
      const link = page ? made("a", content) : null;
      if (link) {
        link.href = document.body.dataset.root + page + (korean() ? "?lang=ko" : "");
        cell.append(link);
      } else cell.textContent = content;
      if (isNumber(name)) cell.className = "number";
      else if (isDay(row[name])) cell.className = "day";
      else if (cell.textContent.length > 12 && typeof row[name] === "string") cell.className = cell.textContent.length > 40 ? "long" : "phrase";
      const tone = (column.tones || {})[(row._raw || row)[name]];
      if (tone) cell.className += ` status ${tone}`;
      if (typeof row[name] === "number") cell.dataset.value = row[name];
      if (column.unit === "month" && isDay(row[name])) cell.dataset.value = Date.parse(row[name]);
      if (name === "_period") cell.dataset.value = Date.parse(row.period);
    }
  }
  return table;
}

function showCard(section, card, choices) {
  const rows = worded(card, chosen(card, choices));
  const holder = section.querySelector(".chart"), place = section.querySelector(".rows"), empty = section.querySelector(".empty");
  const scope = section.querySelector(".scope");
  if (scope) scope.hidden = !rows.length || !choices.brand || ("brand" in rows[0] && (rows[0]._raw || rows[0]).brand !== "all");
  if (empty) {
    empty.hidden = rows.length > 0;
    if (!rows.length && card.rows.length) empty.textContent = said("no_rows_filtered");
  }
  if (holder) {
    holder.hidden = !rows.length;
    if (rows.length) draw(holder, card, rows);
  }
  if (place && (!holder || section.querySelector("details")?.open)) {
    const table = tableOf(card, rows);
    const shell = made("div", undefined, "scroll");
    shell.tabIndex = 0;
    shell.setAttribute("role", "region");
    shell.setAttribute("aria-label", [said("numbers"), section.querySelector("h2")?.innerText].filter(Boolean).join(": "));
    shell.append(table);
    place.replaceChildren(...(rows.length ? [shell] : []));
    if (rows.length) sortable(table);
  }
  return rows;
}

// ---- Tables that sort and page by keyboard -----------------------------------------------------------------------------
const PAGE = 20;
function sortable(table) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  let from = 0;
  const rows = () => [...body.rows];
  const bar = made("div", undefined, "tools"), status = made("span", "", "small quiet");
  status.setAttribute("role", "status");
  const turn = (name, step) => {
    const button = made("button", said(name));
    button.type = "button";
    button.addEventListener("click", () => { from += step; page(); });
    return button;
  };
  const before = turn("previous", -PAGE), after = turn("next", PAGE);
  bar.append(before, after, status);
  function page() {
    const all = rows();
    all.forEach((row, place) => { row.hidden = place < from || place >= from + PAGE; });
    before.disabled = from === 0;
    after.disabled = from + PAGE >= all.length;
    status.textContent = filledIn(said("rows_of"), {from: from + 1, to: Math.min(from + PAGE, all.length), of: all.length});
  }
  const keyOf = cell => (cell.dataset.value !== undefined ? Number(cell.dataset.value) : cell.textContent.trim());
  heads.forEach((head, place) => {
    const button = made("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const compare = (one, other) => (typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other)));
      body.append(...rows().map((row, at) => ({row, at, key: keyOf(row.cells[place])})).sort((a, b) => (up ? 1 : -1) * compare(a.key, b.key) || a.at - b.at).map(found => found.row));
      from = 0;
      page();
    });
  });
  if (rows().length > PAGE) { (table.closest(".scroll") || table).after(bar); }
  if (rows().length > PAGE) page();
}

// ---- A page of cards -----------------------------------------------------------------------------------------------------
function choicesOf() {
  return Object.fromEntries([...document.querySelectorAll(".choices select")].map(select => [select.name, select.value]));
}

// The sentence of a metric's page follows the brand; without one it is of all brands together.
let sentenceOfAll = null;
function sayOfBrand(card, brand) {
  const place = card.sentences && document.getElementById("sentence");
  if (!place) return;
  sentenceOfAll ||= [...place.childNodes];
  if (card.sentences[brand]) place.textContent = `${brand}: ${text(...card.sentences[brand])}`;
  else place.replaceChildren(...sentenceOfAll);
}

function startCards() {
  const cards = read("cards");
  if (!cards) return;
  for (const card of cards) if (card.series) card.rows = [];
  const all = () => {
    const {brand} = choicesOf();
    for (const tiles of document.querySelectorAll(".tiles[data-brand]")) tiles.hidden = tiles.dataset.brand !== (brand && brand !== "each" ? brand : "all");
    for (const card of cards) {
      const section = document.getElementById(card.id);
      if (card.series) card.rows = periodsOf(card.series, choicesOf(), card.columns.value.unit);
      showCard(section, card, choicesOf());
      sayOfBrand(card, choicesOf().brand);
    }
  };
  for (const select of document.querySelectorAll(".choices select")) {
    const asked = address.get(select.name);
    if (asked !== null && [...select.options].some(option => option.value === asked)) select.value = asked;
    select.addEventListener("change", () => { keep(select.name, select.value === select.options[0].value ? "" : select.value); all(); });
  }
  for (const card of cards) {
    const section = document.getElementById(card.id);
    section.querySelector("details")?.addEventListener("toggle", () => showCard(section, card, choicesOf()));
    section.querySelector("[data-csv]")?.addEventListener("click", () => {
      const rows = chosen(card, choicesOf());
      const names = Object.keys(rows[0] || card.columns).filter(name => name[0] !== "_");
      download(`${section.querySelector("[data-csv]").dataset.csv}.csv`, csvOf(names, rows.map(row => names.map(name => row[name]))));
    });
  }
  dark.addEventListener("change", all);
  document.addEventListener("language", all);
  all();
}

// The values of a metric: periods follow each other, so a series is its first day and its values.
function periodName(day, grain) {
  const [year, month, date] = day.split("-").map(Number), name = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ")[month - 1];
  const quarter = Math.floor((month + 2) / 3);
  return {
    day: text(`${date} ${name} ${year}`, `${year}년 ${month}월 ${date}일`),
    week: text(`week of ${date} ${name} ${year}`, `${year}년 ${month}월 ${date}일 주`),
    month: text(`${name} ${year}`, `${year}년 ${month}월`),
    quarter: text(`Q${quarter} ${year}`, `${year}년 ${quarter}분기`),
  }[grain];
}
function periodsOf(series, choices, unit) {
  const grain = choices.grain && series[choices.grain] ? choices.grain : Object.keys(series).find(name => name === "month") || Object.keys(series)[0];
  const {start, brands} = series[grain];
  const day = place => {
    const date = new Date(`${start}T00:00:00Z`);
    if (grain === "day") date.setUTCDate(date.getUTCDate() + place);
    else if (grain === "week") date.setUTCDate(date.getUTCDate() + 7 * place);
    else date.setUTCMonth(date.getUTCMonth() + (grain === "quarter" ? 3 : 1) * place);
    return date.toISOString().slice(0, 10);
  };
  const rows = [];
  // Why a value is empty or not final is kept as runs of places: [first, last, reason].
  for (const [brand, {v, n, low, high, why}] of Object.entries(brands))
    v.forEach((value, place) => {
      const [, , reason] = why.find(([from, to]) => from <= place && place <= to) || [0, 0, ""];
      rows.push({
        period: day(place), brand, value, low: low ? low[place] : null, high: high ? high[place] : null,
        n: n ? n[place] : value, is_final: value !== null && ["", "partly_delivered"].includes(reason),
        reason, why: reason ? said(`reason_${reason}`) : said("final"), _period: periodName(day(place), grain),
      });
    });
  // As people read them: of a name that begins with _ the CSV knows nothing.
  for (const row of rows) {
    for (const name of ["value", "low", "high"]) row[`_${name}`] = shown(row[name], unit);
    row._n = shown(row.n, "count");
  }
  return rows.sort((one, other) => (one.period < other.period ? 1 : one.period > other.period ? -1 : 0));
}

// ---- Search ----------------------------------------------------------------------------------------------------------------
function startSearch() {
  const query = document.getElementById("query"), results = document.getElementById("results"), status = document.getElementById("found");
  const SHOWN = 40, KEPT = "groundwork.searches", base = document.body.dataset.root;
  let search = null, loading = null;
  // The index is asked for at the first key: no page waits for it.
  function index() {
    loading ||= new Promise(done => {
      const script = made("script");
      script.src = `${base}assets/search.js`;
      script.onload = () => { search = makeSearch(SEARCH_INDEX); done(); };
      document.head.append(script);
    });
    return loading;
  }
  async function show() {
    const asked = query.value.trim();
    if (asked) await index();
    if (query.value.trim() !== asked) return null;
    const found = asked ? search(asked) : [];
    results.replaceChildren();
    results.hidden = !asked;
    for (const {asset, why} of found.slice(0, SHOWN)) {
      const link = made("a");
      const isElsewhere = /^[a-z]+:/.test(asset.link), isDbts = asset.link.startsWith("dbt/");
      link.href = isElsewhere ? asset.link : base + (isDbts ? asset.link : linkIn(korean() ? "ko" : "en", asset.link));
      for (const [name, content] of [["kind", text(asset.shown_kind, asset.shown_kind_ko)], ["name", asset.title], ["text", asset.text], ["why", why]])
        link.append(made("span", content, name));
      const item = made("li");
      item.append(link);
      results.append(item);
    }
    if (asked && !found.length) results.append(made("li", filledIn(said("nothing_found"), {query: asked}), "quiet"));
    status.textContent = asked ? filledIn(said("n_found"), {n: found.length}) : "";
    return found.length;
  }
  // Searches that found nothing stay in this browser, until somebody adds the word where it belongs.
  function kept() {
    try { return JSON.parse(localStorage.getItem(KEPT)) || {}; } catch { return {}; }
  }
  function keepGap(asked) {
    const all = kept();
    all[asked] = {times: (Object.hasOwn(all, asked) ? all[asked].times : 0) + 1, day: new Date().toISOString().slice(0, 10)};
    try { localStorage.setItem(KEPT, JSON.stringify(all)); } catch { /* a browser may refuse to keep anything */ }
    showKept();
  }
  function showKept() {
    const place = document.getElementById("kept");
    if (!place) return;
    place.querySelectorAll(".of-browser").forEach(row => row.remove());
    for (const [asked, {times, day}] of Object.entries(kept())) {
      const row = place.insertRow();
      row.className = "of-browser";
      for (const content of [asked, said("this_browser"), times, day]) row.insertCell().textContent = content;
      row.cells[2].className = "number";
    }
  }
  query.addEventListener("input", show);
  query.addEventListener("focus", index);
  query.addEventListener("keydown", async event => {
    if (event.isComposing) return;
    if (event.key === "Enter") {
      if (await show()) results.querySelector("a").click();
      else if (query.value.trim()) keepGap(query.value.trim());
    }
    if (event.key === "ArrowDown") { event.preventDefault(); results.querySelector("a")?.focus(); }
    if (event.key === "Escape") { query.value = ""; show(); }
  });
  results.addEventListener("keydown", event => {
    if (event.key === "Escape") query.focus();
    const step = {ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling"}[event.key];
    if (!step) return;
    event.preventDefault();
    const next = event.target.closest("li")[step];
    if (next) next.querySelector("a").focus(); else if (step === "previousElementSibling") query.focus();
  });
  document.addEventListener("keydown", event => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || /^(input|textarea|select)$/i.test(event.target.tagName)) return;
    event.preventDefault();
    query.focus();
    query.select();
  });
  showKept();
}

// ---- Lists that are filtered by typing ------------------------------------------------------------------------------------
const folded = words => words.normalize("NFKC").toLowerCase().replace(/[\s_-]+/g, "");
function startFilter() {
  const box = document.getElementById("filter");
  if (!box) return;
  const status = document.getElementById("filtered"), items = [...document.querySelectorAll("[data-words]")];
  const known = items.map(item => folded(item.dataset.words));
  function filter() {
    const asked = box.value.trim().split(/\s+/).map(folded).filter(Boolean);
    let left = 0;
    items.forEach((item, place) => {
      item.hidden = !asked.every(word => known[place].includes(word));
      left += !item.hidden;
    });
    for (const group of document.querySelectorAll("[data-group]")) group.hidden = !group.querySelector("[data-words]:not([hidden])");
    status.textContent = filledIn(said("n_found"), {n: left});
    keep("filter", box.value.trim());
  }
  box.addEventListener("input", filter);
  if (address.get("filter")) { box.value = address.get("filter"); filter(); }
}

// ---- Start -------------------------------------------------------------------------------------------------------------------
document.getElementById("language").addEventListener("click", () => {
  setLanguage(korean() ? "en" : "ko");
  keep("lang", korean() ? "ko" : "");
  document.dispatchEvent(new Event("language"));
});
for (const button of document.querySelectorAll("[data-copy]"))
  button.addEventListener("click", async () => {
    const copied = document.getElementById(button.dataset.copy).textContent;
    try { await navigator.clipboard.writeText(copied); } catch {
      const area = made("textarea", copied);
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    const label = [...button.childNodes];
    button.textContent = said("copied");
    setTimeout(() => button.replaceChildren(...label), 1500);
  });
for (const button of document.querySelectorAll("[data-focus]"))
  button.addEventListener("click", () => document.getElementById(button.dataset.focus).focus());
setLanguage(root.dataset.lang || "en");
document.querySelectorAll("table[data-sort]").forEach(sortable);
startSearch();
startFilter();
startCards();
