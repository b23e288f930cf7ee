/* The page of make live: reads live.json every two seconds and shows it. Texts come from website/words.yml. */
(function () {
  "use strict";
  const EVERY = 2000, QUIET = 120, MINUTES = 60;
  const said = JSON.parse(document.getElementById("said").textContent);
  const other = JSON.parse(document.getElementById("site-words").textContent);
  const byId = (id) => document.getElementById(id);
  let data = null, brand = "", answered = true;

  const isKorean = () => document.documentElement.dataset.lang === "ko";
  function word(name, values) {
    const texts = said[name] || other[name] || [name, name];
    return texts[isKorean() ? 1 : 0].replace(/\{(\w+)\}/g, (all, key) => values && key in values ? values[key] : all);
  }
  const number = (value, digits) => Number(value || 0).toLocaleString(isKorean() ? "ko" : "en", {
    maximumFractionDigits: digits || 0, minimumFractionDigits: digits || 0 });
  function age(from, to) {
    const seconds = Math.max(0, Math.round((to - from) / 1000));
    if (seconds < 120) return word("live_seconds", { n: seconds });
    if (seconds < 7200) return word("live_minutes", { n: Math.round(seconds / 60) });
    if (seconds < 172800) return word("live_hours", { n: Math.round(seconds / 3600) });
    return word("live_days", { n: Math.round(seconds / 86400) });
  }
  function clock(moment) {
    const options = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZone: data.zone };
    return moment.toLocaleTimeString("en-GB", options);
  }
  function element(tag, text, className) {
    const made = document.createElement(tag);
    if (text !== undefined && text !== null) made.textContent = text;
    if (className) made.className = className;
    return made;
  }
  /* What has not changed is left alone: a reader may be selecting it. */
  function show(id, made) {
    const place = byId(id), next = element("div");
    next.append(...[].concat(made));
    if (place.innerHTML !== next.innerHTML) place.replaceChildren(...next.childNodes);
  }
  function table(heads, rows) {
    if (!rows.length) return element("p", word("no_rows"), "empty");
    const made = element("table"), head = element("tr"), body = element("tbody");
    heads.forEach(([text, isNumber]) => {
      const cell = element("th", text, isNumber ? "number" : "");
      cell.scope = "col";
      head.append(cell);
    });
    rows.forEach((row) => {
      const line = element("tr");
      row.forEach((value, place) => {
        const cell = element(place ? "td" : "th", value && value.text !== undefined ? value.text : value,
          [heads[place][1] ? "number" : "", value && value.tone || ""].join(" ").trim());
        if (!place) cell.scope = "row";
        line.append(cell);
      });
      body.append(line);
    });
    const top = element("thead");
    top.append(head);
    made.append(top, body);
    return made;
  }
  const ofBrand = (rows) => rows.filter((row) => !brand || row.brand === brand);
  const sum = (rows, name) => rows.reduce((total, row) => total + Number(row[name] || 0), 0);
  function grouped(rows, key, names) {
    const found = new Map();
    ofBrand(rows).forEach((row) => {
      const all = found.get(row[key]) || { ...row, ...Object.fromEntries(names.map((name) => [name, 0])) };
      names.forEach((name) => { all[name] += Number(row[name] || 0); });
      found.set(row[key], all);
    });
    return [...found.values()];
  }

  function showBrands() {
    const names = data.brands.map((row) => row.brand);
    const wanted = ["", ...names].join("|") + isKorean(), choice = byId("brand");
    if (choice.dataset.shown === wanted) return;
    choice.dataset.shown = wanted;
    choice.replaceChildren(...["", ...names].map((name) => {
      const option = element("option", name || word("live_all"));
      option.value = name;
      option.selected = name === brand;
      return option;
    }));
  }
  function showTiles() {
    const rows = ofBrand(data.brands);
    const tiles = [
      ["live_sessions", "sessions", "sessions_yesterday"], ["live_visitors", "visitors", null],
      ["live_converted", "converted", "converted_yesterday"], ["live_orders", "orders", "orders_yesterday"],
      ["live_revenue", "revenue", null], ["live_events", "events", "events_yesterday"]];
    show("tiles", tiles.map(([label, name, before]) => {
      const tile = element("div", null, "tile");
      tile.append(
        element("div", word(label, { currency: data.currency }), "label"),
        element("div", number(sum(rows, name)), "value"),
        element("div", before ? word("live_yesterday", { n: number(sum(rows, before)) }) : "\u00a0", "small"));
      return tile;
    }));
  }
  function showMinutes() {
    byId("minutes_title").textContent = word("live_last_minutes", { n: MINUTES });
    const counts = new Array(MINUTES).fill(0);
    ofBrand(data.minutes).forEach((row) => { if (row.ago >= 0 && row.ago < MINUTES) counts[row.ago] += row.events; });
    const most = Math.max(1, ...counts);
    show("minutes", counts.map((events, ago) => {
      const bar = element("span", null, ago ? "" : "now");
      bar.style.height = `${Math.max(events ? 2 : 0, 100 * events / most)}%`;
      bar.title = word("live_minute", { n: ago, events: number(events) });
      return bar;
    }).reverse());
  }
  function showTables() {
    const channels = grouped(data.channels, "channel", ["sessions", "converted"]);
    const visits = sum(channels, "sessions");
    channels.sort((one, two) => two.sessions - one.sessions || one.channel.localeCompare(two.channel));
    show("channels", table(
      [[word("live_channel")], [word("live_sessions"), true], [word("live_share"), true], [word("live_converted"), true]],
      channels.map((row) => [row.channel, number(row.sessions),
        `${number(100 * row.sessions / visits, 1)} %`, number(row.converted)])));
    const events = grouped(data.events, "event_name", ["event_count", "incomplete_event_count"]);
    const rank = (row) => row.is_planned ? row.incomplete_event_count ? 1 : 2 : 0;
    events.sort((one, two) => rank(one) - rank(two) || two.event_count - one.event_count);
    show("events", table(
      [[word("live_event")], [word("live_times"), true], [word("live_verdict")]],
      events.map((row) => [row.event_name, number(row.event_count),
        !row.is_planned ? { text: word("live_unplanned"), tone: "bad" }
          : row.incomplete_event_count ? { tone: "warn", text: word("live_lacks",
            { n: number(row.incomplete_event_count), properties: (row.required_properties || "").replaceAll(",", ", ") }) }
            : { text: word("live_as_planned"), tone: "quiet" }])));
    byId("funnels_card").hidden = !data.funnels;
    const steps = data.funnels || [], names = [...new Set(steps.map((row) => row.funnel))];
    const shown = names.map((name) => {
      const of = grouped(steps.filter((row) => row.funnel === name), "step_number", ["n", "visitors", "reached"]);
      if (!of.length) return null;
      const card = element("div", null, "split");
      const scroll = element("div", null, "scroll");
      scroll.append(table(
        [[word("live_step")], [word("live_of_entered"), true], [word("live_share"), true], [word("live_reached"), true]],
        of.map((row) => [row.step, number(row.visitors),
          row.n ? `${number(100 * row.visitors / row.n, 1)} %` : "–", number(row.reached)])));
      card.append(element("h3", isKorean() ? of[0].name_ko || of[0].name : of[0].name), scroll);
      return card;
    }).filter(Boolean);
    show("funnels", shown.length ? shown : element("p", word("no_rows"), "empty"));
  }
  function showRows() {
    const kinds = ["read", "staged", "in_warehouse", "doubled", "superseded", "later", "waiting", "rejected"];
    const tables = Object.entries(data.rows).filter(([, row]) => row.read);
    show("rows", table([[word("live_table")], ...kinds.map((kind) => [word(`live_${kind}`), true])],
      tables.map(([name, row]) => [name, ...kinds.map((kind) =>
        kind === "rejected" && row.rejected ? { text: number(row[kind]), tone: "bad" } : number(row[kind]))])));
    show("reasons", tables.flatMap(([name, row]) => row.reasons.map(([reason, count]) =>
      element("li", word("live_rejected_reason", { table: name, n: number(count), reason })))));
    const faults = data.faults, now = Date.parse(data.now), lines = [];
    const item = (text, tone) => lines.push(element("li", text, tone));
    if (faults.bad_line_count) item(word("live_more_lines", { n: number(faults.bad_line_count) }), "bad");
    faults.bad_lines.forEach((row) => item(`${word("live_line", row)}: ${row.reason}`));
    [...faults.bad_files, ...faults.not_read].forEach((row) => item(`${row.file}: ${row.reason}`));
    faults.unfinished.forEach((row) => item(word("live_unfinished",
      { ...row, age: age(now - 1000 * row.seconds, now) }), "warn"));
    if (!lines.length) item(word("live_no_faults"), "quiet");
    if (faults.being_written) item(word("live_being_written", { n: number(faults.being_written) }), "quiet");
    if (faults.older) item(word("live_older", { n: number(faults.older) }), "quiet");
    show("faults", lines);
  }
  function showTimes() {
    const notice = byId("notice"), now = new Date();
    let text = "";
    if (!data) text = word("live_connecting");
    else if (!answered) text = word("live_gone", { time: data.zone ? clock(new Date(data.now)) : data.now });
    else if (data.missing) text = word(`live_${data.missing}`, { n: number(data.files) });
    else if (data.problem) text = said[`live_${data.problem}`] ? word(`live_${data.problem}`) : data.problem;
    if (notice.textContent !== text) notice.textContent = text;
    notice.hidden = !text;
    byId("numbers").hidden = !data || !data.brands;
    if (!data || !data.brands) return;
    byId("day").textContent = word("live_day", data);
    const newest = data.newest_event_at && new Date(data.newest_event_at);
    byId("newest").textContent = newest
      ? word("live_newest", { age: age(newest, now), time: clock(newest) }) : word("live_no_events");
    const file = data.newest_file_at && new Date(data.newest_file_at), arrived = byId("arrived");
    const isStale = file && now - file > 1000 * QUIET;
    arrived.className = isStale ? "warn" : "quiet";
    arrived.textContent = file ? word(isStale ? "live_stale" : "live_arrived", { age: age(file, now) }) : "";
    byId("counted").textContent = word("live_counted", { age: age(new Date(data.now), now) });
  }
  function showAll() {
    showTimes();
    if (!data || !data.brands) return;
    if (brand && !data.brands.some((row) => row.brand === brand)) brand = "";
    showBrands();
    showTiles();
    showMinutes();
    showTables();
    showRows();
  }
  async function look() {
    try {
      const answer = await fetch("live.json", { cache: "no-store" });
      if (answer.ok) data = await answer.json();
      answered = answer.ok || !data;
    } catch (error) {
      answered = false;
    }
    showAll();
    setTimeout(look, EVERY);
  }
  byId("language").addEventListener("click", () => {
    const language = isKorean() ? "en" : "ko";
    document.documentElement.dataset.lang = document.documentElement.lang = language;
    try { localStorage.setItem("groundwork.language", language); } catch (error) { /* not kept */ }
    showAll();
  });
  byId("brand").addEventListener("change", (event) => {
    brand = event.target.value;
    showAll();
  });
  setInterval(showTimes, 1000);
  look();
})();
