// What answers a query, best first: the same as tools/find.sql over the same index. What changes here changes there; a
// test holds both against each other.
function makeSearch(index) {
  const {terms, fields, weights, settings} = index;
  const isKorean = term => term >= "가";
  const endings = settings.endings.map(([pattern, to]) => [new RegExp(pattern), to.replace(/\\(\d)/g, "$$$1")]);
  const stopWords = new Set(settings.stop_words);

  const wordsOf = text =>
    (text.normalize("NFC").toLowerCase().match(/[가-힣]+|[a-z0-9]+/g) || []).filter(word => !stopWords.has(word));
  const stemOf = word => endings.reduce((text, [pattern, to]) => text.replace(pattern, to), word);
  const termsOf = word =>
    isKorean(word) && word.length > 1 ? [...word].slice(1).map((_, place) => word.substr(place, 2)) : [word];
  const eachSyllable = (text, change) =>
    [...text].map(letter => (letter >= "가" && letter <= "힣" ? change(letter.charCodeAt(0) - 44032) : letter)).join("");
  const openSyllables = text => eachSyllable(text, code => String.fromCharCode(44032 + code - (code % 28)));
  const phraseOf = text => "=" + wordsOf(text).map(stemOf).join("");
  const typedLetters = text =>
    eachSyllable(text, code =>
      String.fromCharCode(4352 + Math.floor(code / 588), 4449 + Math.floor((code % 588) / 28)) +
      (code % 28 ? String.fromCharCode(4519 + (code % 28)) : ""));

  // Whether two texts differ by one letter at most: added, left out, exchanged, or swapped with its neighbour.
  function isOneLetterOff(one, other) {
    if (Math.abs(one.length - other.length) > 1) return false;
    let start = 0;
    while (start < one.length && one[start] === other[start]) start++;
    let end = 0;
    while (end < Math.min(one.length, other.length) - start && one[one.length - 1 - end] === other[other.length - 1 - end]) end++;
    const [left, right] = [one.slice(start, one.length - end), other.slice(start, other.length - end)];
    return (left.length <= 1 && right.length <= 1) ||
      (left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0]);
  }

  // Assets and entries come packed: website/search_index.py packs them.
  const assets = index.assets.map(([kind, id, name, text, trust, use_count, boost, link, others]) => {
    const {table = "", title = name, is_deprecated = false, deprecated_by = ""} = others;
    const shown_name = table ? `${table}.${name}` : name;
    const [shown_kind, shown_kind_ko] = index.kinds[trust === "internal" ? trust : kind] || [kind, kind];
    return {
      kind, shown_name, shown_kind, shown_kind_ko, text, trust, use_count, boost, is_deprecated, deprecated_by,
      asset_id: id || `column.${shown_name}`, title: table ? `${name} in ${table}` : title,
      link: link || `tables/${table}.html#${name}`, full_term: phraseOf(shown_name), exact_term: phraseOf(name),
    };
  });
  // The entries of a term, three numbers each: asset, weight, field.
  const unpacked = new Map();
  function entriesOf(term) {
    if (unpacked.has(term)) return unpacked.get(term);
    const found = [];
    let asset = 0;
    for (const [, field, step, weight] of terms[term].matchAll(/([A-Z])([0-9a-z]+)\.([0-9a-z]+)/g)) {
      asset += parseInt(step, 36);
      found.push(asset, weights[parseInt(weight, 36)], field.charCodeAt(0) - 65);
    }
    unpacked.set(term, found);
    return found;
  }

  const vocabulary = [], wholes = [];
  for (const term of Object.keys(terms)) {
    if (term.startsWith("=")) wholes.push([term, typedLetters(term)]);
    else if (!term.startsWith("~")) vocabulary.push({term, korean: isKorean(term), open: openSyllables(term), letters: typedLetters(term)});
  }
  const has = term => Object.hasOwn(terms, term) || Object.hasOwn(settings.groups, term);
  const isBetter = (score, field, other) => score > other.score || (score === other.score && field > other.field);

  // The terms that an asked term may stand for, with what each counts. Only what nothing holds is taken for a typing
  // error, or for the beginning of another word.
  function readingsOf(asked) {
    const korean = isKorean(asked), isKnown = has(asked);
    const open = openSyllables(asked), letters = typedLetters(asked);
    const readings = [];
    for (const word of vocabulary) {
      if (word.korean !== korean) continue;
      if (word.term === asked) readings.push([word.term, settings.exact]);
      else if (korean && word.open === open) readings.push([word.term, settings.ending]);
      else if (isKnown) continue;
      else if (!korean && asked.length > 1 && word.term.startsWith(asked)) readings.push([word.term, settings.beginning]);
      else if ((asked.length > 3 || (korean && asked.length === 2)) && isOneLetterOff(letters, word.letters))
        readings.push([word.term, settings.one_letter]);
    }
    const group = Object.hasOwn(settings.groups, asked) ? settings.groups[asked] : "";
    if (Object.hasOwn(terms, group)) readings.push([group, settings.word_group]);
    return readings;
  }

  // Where assets have a query as a whole: in which field, and what that counts.
  function wholesOf(asked, mayBeMisspelt) {
    const letters = typedLetters(asked), found = new Map();
    for (const [term, others] of wholes) {
      const isSame = term === asked;
      if (!isSame && !(mayBeMisspelt && letters.length > 4 && isOneLetterOff(letters, others))) continue;
      const factor = isSame ? settings.exact : settings.one_letter;
      const entries = entriesOf(term);
      for (let place = 0; place < entries.length; place += 3) {
        const [asset, field] = [entries[place], entries[place + 2]];
        const before = found.get(asset);
        if (!before || isBetter(factor, fields[field], {score: before.factor, field: before.field}))
          found.set(asset, {factor, field: fields[field]});
      }
    }
    return found;
  }

  return function search(query) {
    const words = wordsOf(query);
    if (!words.length) return [];
    const hits = new Map();
    let mayBeMisspelt = false;
    for (const word of words) {
      const askedTerms = new Set(termsOf(stemOf(word)));
      const ofWord = new Map();
      for (const asked of askedTerms) {
        mayBeMisspelt ||= !has(asked);
        const ofTerm = new Map();
        for (const [term, factor] of readingsOf(asked)) {
          const entries = entriesOf(term);
          for (let place = 0; place < entries.length; place += 3) {
            const [asset, score, field] = [entries[place], factor * entries[place + 1], fields[entries[place + 2]]];
            const before = ofTerm.get(asset) || {score: -1, field: "", factor: 0};
            if (isBetter(score, field, before)) ofTerm.set(asset, {score, field, factor: Math.max(factor, before.factor)});
            else before.factor = Math.max(factor, before.factor);
          }
        }
        for (const [asset, {score, field, factor}] of ofTerm) {
          const sum = ofWord.get(asset) || {score: 0, count: 0, factor: 0, best: {score: -1, field: ""}};
          if (isBetter(score, field, sum.best)) sum.best = {score, field};
          ofWord.set(asset, {score: sum.score + score, count: sum.count + 1, factor: Math.max(factor, sum.factor), best: sum.best});
        }
      }
      for (const [asset, {score, count, factor, best}] of ofWord) {
        const sum = hits.get(asset) || {score: 0, share: 0, where: []};
        sum.score += score;
        sum.share += count / (askedTerms.size * words.length);
        sum.where.push(`“${word}” ${factor < settings.exact ? "or the like " : ""}in its ${best.field}`);
        hits.set(asset, sum);
      }
    }

    const phrase = phraseOf(query);
    const asWhole = wholesOf(phrase, mayBeMisspelt);
    const found = [...hits].map(([number, {score, share, where}]) => {
      const asset = assets[number], whole = asWhole.get(number);
      const isExact = asset.exact_term === phrase, isFull = asset.full_term === phrase && asset.kind !== "question";
      const value = score * asset.boost * (settings.missing + (1 - settings.missing) * share) *
        (1 + settings.phrase * (whole ? whole.factor : 0));
      const wholeField = whole && whole.factor === settings.exact ? whole.field : "";
      const why = [
        isExact || isFull ? "its name" : wholeField && `the whole of its ${wholeField}`,
        where.join(", "),
        asset.is_deprecated ? `deprecated${asset.deprecated_by ? `, see ${asset.deprecated_by}` : ""}`
          : asset.trust === "open" ? "" : asset.trust,
        asset.use_count > 0 && `use ${asset.use_count}`,
      ].filter(part => part).join("; ");
      return {asset, isExact, isFull, score: Math.round(value * 1e6) / 1e6, why};
    });
    // A name that is asked for comes first, a table's before others; those of columns follow such a name, and else take their place by score.
    const hasName = found.some(hit => hit.isFull);
    const tier = hit => (hit.isFull ? (hit.asset.kind === "model" ? 3 : 2) : hit.isExact && hasName ? 1 : 0);
    const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);
    return found.sort((one, other) =>
      one.asset.is_deprecated - other.asset.is_deprecated || tier(other) - tier(one) || other.score - one.score ||
      compare(one.asset.shown_name, other.asset.shown_name) || compare(one.asset.asset_id, other.asset.asset_id));
  };
}
