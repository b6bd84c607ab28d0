"use strict";

// The page asks the control side for everything it shows, and builds it from text nodes only: what
// the records and requests hold is never read as HTML.

const $ = (id) => document.getElementById(id);
const EVERY_MS = 1500;
const ROWS = 200;
const state = { token: sessionStorage.getItem("token"), company: null, request: null, record: null, asked: 0 };

/* Effects with the name and default of their one value. */
const EFFECTS = {
  drop_after_store: null,
  drop_before_store: null,
  delayed_commit_ms: ["ms", 10000],
  delay_ms: ["ms", 3000],
  cut_body: null,
  drip: ["ms", 200],
  truncated: null,
  garbage: null,
  content_type: ["value", "text/html"],
  http_status: ["status", 503],
  html_404: null,
  html_503: null,
  opr_code: ["code", 6],
};

/* What a person in a demonstration wants at hand. */
const QUICK = [
  ["Lose the next answer (stored)", { effect: "drop_after_store", nth: 1 }],
  ["Lose the next call (not stored)", { effect: "drop_before_store", nth: 1 }],
  ["Store the next write 10 s late", { effect: "delayed_commit_ms", ms: 10000, nth: 1 }],
  ["Quota used up", { effect: "opr_code", code: "5" }],
  ["Maintenance page", { effect: "html_503" }],
  ["Refuse the key", { effect: "opr_code", code: "3" }],
];

const TEXTS = {
  document: ["title", "buyerOrder", "statusCode", "notes", "number", "date", "due", "warehouse", "currency"],
  partner: ["name", "taxNumber", "street", "postNumber", "city", "country", "paymentDays", "contactName", "email", "gsm"],
  product: ["code", "name", "unit", "netPrice", "grossPrice", "tax"],
};
const DATES = ["date", "due"];
/* These have no empty value: leaving them empty leaves them as they are. */
const CLEARABLE = ["title", "buyerOrder", "statusCode", "notes", "warehouse"];

function el(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function say(text, bad = false) {
  $("status").textContent = text;
  $("status").className = bad ? "bad" : "";
}

async function call(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  if (state.token) headers.Authorization = `Bearer ${state.token}`;
  const response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const answer = await response.json();
  if (response.status === 401) askForToken();
  if (!response.ok) throw new Error(answer.error || `status ${response.status}`);
  return answer;
}

/* Runs what a person asked for and says how it went. */
async function attempt(what, action) {
  try {
    await action();
    say(what);
    await refresh();
  } catch (error) {
    say(error.message, true);
  }
}

function askForToken() {
  $("token-form").hidden = false;
  $("panels").hidden = true;
  state.token = null;
  sessionStorage.removeItem("token");
}

const withCompany = (body) => ({ company: state.company, ...body });

/* ---- requests ---- */

function badge(reply) {
  if (!reply) return el("span", { className: "badge", textContent: "working" });
  const parts = [];
  if (reply.fault) parts.push(el("span", { className: "badge odd", textContent: reply.fault }));
  if (reply.status === null) parts.push(el("span", { className: "badge bad", textContent: "no answer" }));
  else if (reply.status !== 200) parts.push(el("span", { className: "badge bad", textContent: reply.status }));
  else if (reply.oprCode && reply.oprCode !== "0") parts.push(el("span", { className: "badge bad", textContent: `code ${reply.oprCode}` }));
  else if (!reply.fault) parts.push(el("span", { className: "badge good", textContent: "ok" }));
  return el("span", {}, ...parts.flatMap((part) => [part, " "]));
}

function gist(body) {
  if (!body) return "no JSON object";
  const { secret_key, company_id, ...rest } = body;
  const text = JSON.stringify(rest);
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

function showRequests(log) {
  $("requests-total").textContent = `${log.total} since the last clearing`;
  $("requests-none").hidden = log.requests.length > 0;
  const rows = log.requests.reverse().map((request) => {
    const row = el("tr", { className: request.seq === state.request ? "chosen" : "" },
      el("td", { className: "num", textContent: request.seq }),
      el("td", { className: "mono", textContent: wallTime(request.at).slice(11) }),
      el("td", { textContent: request.endpoint }),
      el("td", { className: "say mono", textContent: gist(request.body) }),
      el("td", {}, badge(request.reply)),
      el("td", { className: "num", textContent: request.reply ? request.reply.timeMs : "" }));
    row.onclick = () => {
      state.request = state.request === request.seq ? null : request.seq;
      $("request-body").hidden = state.request === null;
      $("request-body").textContent = JSON.stringify(request.body, null, 2);
      for (const other of $("requests").children) other.className = "";
      if (state.request !== null) row.className = "chosen";
    };
    return row;
  });
  $("requests").replaceChildren(...rows);
}

/* ---- faults ---- */

function showFaults({ faults }) {
  const lines = faults.map((rule) => {
    const { effect, endpoint, company, seen, struck, ...rest } = rule;
    const details = Object.entries(rest).map(([key, value]) => `${key} ${value}`).join(", ");
    return el("li", {},
      el("span", { className: "badge odd", textContent: effect }),
      el("span", { textContent: `on ${endpoint === "*" ? "every endpoint" : endpoint}${company ? `, company ${company}` : ""}` }),
      el("span", { className: "dim", textContent: details }),
      el("span", { className: "dim", textContent: `struck ${struck} of ${seen}` }));
  });
  $("faults").replaceChildren(...(lines.length ? lines : [el("li", { className: "dim", textContent: "Nothing goes wrong." })]));
}

function faultFromForm() {
  const rule = { endpoint: $("fault-endpoint").value, effect: $("fault-effect").value };
  const value = EFFECTS[rule.effect];
  if (value) rule[value[0]] = ["ms", "status"].includes(value[0]) ? Number($("fault-value").value) : $("fault-value").value;
  const trigger = $("fault-trigger").value;
  if (trigger) rule[trigger] = Number($("fault-number").value);
  return rule;
}

function showFaultFields() {
  const value = EFFECTS[$("fault-effect").value];
  $("fault-value-label").hidden = !value;
  if (value) {
    $("fault-value-name").textContent = value[0];
    $("fault-value").value = value[1];
  }
  $("fault-number-label").hidden = !$("fault-trigger").value;
}

/* ---- people ---- */

function showPeople({ people, deeds, waiting }) {
  const lines = deeds.slice(-60).reverse().map((deed) => el("li", {},
    el("span", { className: "mono dim", textContent: wallTime(deed.at).slice(11) }),
    el("span", { textContent: deed.action }),
    el("span", { className: "dim", textContent: [deed.docType || deed.kind, deed.id, deed.made && `→ ${deed.made}`].filter(Boolean).join(" ") }),
    deed.refused ? el("span", { className: "badge bad", textContent: deed.refused }) : null));
  const working = people.map((office) => `${office.rate} acts a minute in company ${office.company}, ${office.acts} so far`);
  if (waiting) working.push(`${waiting} things wait for their time`);
  const head = el("li", { className: "dim", textContent: working.join("; ") || "Nobody is at work." });
  $("deeds").replaceChildren(head, ...lines);
}

/* ---- records ---- */

const kindOf = () => $("kind").value.split(":")[0];
const docTypeOf = () => $("kind").value.split(":")[1] || undefined;

function nameOf(kind, item) {
  if (kind === "document") return [item.number, item.title || item.partnerName, `${item.sumAll} ${item.currency}`];
  if (kind === "partner") return [item.number, item.name, item.taxNumber || ""];
  return [item.code, item.name, item.netPrice];
}

async function showRecords() {
  const query = new URLSearchParams({ kind: kindOf(), company: state.company, limit: "60", newest: "true" });
  if (docTypeOf()) query.set("docType", docTypeOf());
  if ($("text").value.trim()) query.set("text", $("text").value.trim());
  const asked = ++state.asked;
  const page = await call("GET", `state?${query}`);
  // A later question was answered already, or will be.
  if (asked !== state.asked) return;
  const lines = page.items.map((item) => {
    const [number, name, amount] = nameOf(kindOf(), item);
    const line = el("li", { tabIndex: 0, className: item.id === state.record ? "chosen" : "" },
      el("strong", { textContent: number }), el("span", { textContent: name }),
      el("span", { className: "dim num", textContent: amount }));
    line.onclick = () => edit(kindOf(), item);
    line.onkeydown = (event) => { if (event.key === "Enter") edit(kindOf(), item); };
    return line;
  });
  $("records").replaceChildren(...(lines.length ? lines : [el("li", { className: "dim", textContent: "Nothing found." })]));
}

function valueOf(kind, item, name) {
  if (kind === "partner") {
    const [address, contact] = [item.addresses[0] || {}, item.contacts[0] || {}];
    if (name === "contactName") return contact.name;
    if (["email", "gsm"].includes(name)) return contact[name];
    if (["street", "postNumber", "city", "country"].includes(name)) return address[name];
  }
  return item[name];
}

function edit(kind, item) {
  state.record = item.id;
  history.replaceState(null, "", `#${item.docType || kind}/${item.id}`);
  for (const line of $("records").children) line.classList.toggle("chosen", line.firstChild.textContent === nameOf(kind, item)[0]);
  const inputs = {};
  const fields = el("div", { className: "fields" });
  for (const name of TEXTS[kind]) {
    const before = valueOf(kind, item, name) ?? "";
    inputs[name] = el("input", { value: before, defaultValue: before, type: DATES.includes(name) ? "date" : "text" });
    fields.append(el("label", {}, name, inputs[name]));
  }
  const lines = kind === "document" ? lineTable(item.lines) : null;
  const record = { kind, docType: item.docType, id: item.id };
  const save = el("button", { className: "main", textContent: "Save" });
  const form = el("form", {}, el("h3", { textContent: `${item.docType || kind} ${nameOf(kind, item)[0]}` }), fields,
    lines && lines.table, el("div", { className: "actions" }, save, ...moreActions(record, item)));
  form.onsubmit = (event) => {
    event.preventDefault();
    const set = changed(inputs);
    if (lines) set.lines = lines.changed();
    attempt("Saved", async () => { await call("POST", "edit", withCompany({ ...record, set })); await reopen(record); });
  };
  $("editor").replaceChildren(form);
}

function changed(inputs) {
  const set = {};
  for (const [name, input] of Object.entries(inputs)) {
    if (input.value === input.defaultValue) continue;
    if (input.value !== "") set[name] = name === "paymentDays" ? Number(input.value) : input.value;
    else if (CLEARABLE.includes(name)) set[name] = null;
  }
  return set;
}

function lineTable(lines) {
  const rows = [];
  const body = el("tbody");
  for (const line of lines) {
    if (line.kind === "Text") {
      body.append(el("tr", {}, el("td", { className: "say", colSpan: 5, textContent: line.text })));
      continue;
    }
    const discount = line.discounts.join(";");
    const inputs = {
      amount: el("input", { value: line.amount, defaultValue: line.amount }),
      [line.gross ? "priceWithTax" : "price"]: el("input", { value: line.price, defaultValue: line.price }),
      discount: el("input", { value: discount, defaultValue: discount }),
    };
    rows.push({ line, inputs });
    body.append(el("tr", {}, el("td", { className: "say", textContent: `${line.code || ""} ${line.name}` }),
      ...Object.values(inputs).map((input) => el("td", {}, input)), el("td", { className: "num", textContent: line.total })));
  }
  const heads = ["Line", "Amount", "Price", "Discount %", "Total"].map((textContent) => el("th", { textContent }));
  const table = el("table", {}, el("thead", {}, el("tr", {}, ...heads)), body);
  const lineChanges = () => rows
    .map(({ line, inputs }) => ({ ...changed(inputs), rowId: line.rowId }))
    .filter((change) => Object.keys(change).length > 1);
  return { table, changed: lineChanges };
}

function moreActions(record, item) {
  const button = (textContent, action, className = "") => {
    const node = el("button", { type: "button", textContent, className });
    node.onclick = () => attempt(textContent, action);
    return node;
  };
  const set = (values) => async () => {
    await call("POST", "edit", withCompany({ ...record, set: values }));
    await reopen(record);
  };
  const remove = button("Delete", async () => {
    await call("POST", "delete", withCompany(record));
    state.record = null;
    $("editor").replaceChildren(el("p", { className: "none", textContent: "Deleted. Metakocka tells nobody." }));
  }, "danger");
  if (record.kind !== "document") return [remove];
  const copy = button("Copy", async () => {
    const { id } = await call("POST", "create", withCompany({ kind: "document", docType: record.docType, copyOf: record.id, set: {} }));
    await reopen({ ...record, id });
  });
  const isDraft = record.docType.startsWith("sales_bill") && !item.issued;
  return [copy, isDraft ? button("Issue", set({ issued: true })) : null,
    button("Pay the rest", set({ pay: [{}] })),
    button(item.malformed ? "Make readable" : "Make unreadable", async () => {
      const malformation = item.malformed ? null : "docDate";
      await call("POST", "malform", withCompany({ docType: record.docType, id: record.id, malformation }));
      await reopen(record);
    }), remove];
}

async function reopen(record) {
  const query = new URLSearchParams({ kind: record.kind, company: state.company, id: record.id });
  if (record.docType) query.set("docType", record.docType);
  const { items: [item] } = await call("GET", `state?${query}`);
  if (item) edit(record.kind, item);
}

/* ---- settings and clock ---- */

function showSettings(settings) {
  const lines = Object.entries(settings).sort().map(([name, value]) => {
    const isSwitch = typeof value === "boolean";
    const input = isSwitch ? el("input", { type: "checkbox", checked: value })
      : el("input", { value: JSON.stringify(value), className: "mono" });
    input.onchange = () => attempt(`${name} is set`, async () => {
      showSettings(await call("PUT", "settings", { [name]: isSwitch ? input.checked : JSON.parse(input.value) }));
    });
    return el("label", {}, name, input);
  });
  $("settings").replaceChildren(...lines);
}

function wallTime(timestamp) {
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Ljubljana", dateStyle: "short", timeStyle: "medium" });
  return parts.format(new Date(timestamp));
}

function showClock({ now, standsStill }) {
  $("clock").textContent = `${wallTime(now)}${standsStill ? " (stands still)" : ""}`;
}

async function moveClock(body) {
  showClock(await call("PUT", "clock", body));
}

/* ---- the whole ---- */

async function refresh() {
  if ($("panels").hidden) return;
  const [log, faults, people, clock] = await Promise.all([
    $("follow").checked ? call("GET", `requests?limit=${ROWS}`) : null,
    call("GET", "faults"), call("GET", "people"), call("GET", "clock"),
  ]);
  if (log) showRequests(log);
  showFaults(faults);
  showPeople(people);
  showClock(clock);
  await showRecords();
}

function fill(select, values) {
  select.replaceChildren(...values.map(([value, textContent]) => el("option", { value, textContent })));
}

async function open() {
  const info = await call("GET", "info");
  fill($("company"), info.companies.map((id) => [id, id]));
  state.company = info.companies[0] ?? null;
  fill($("fault-endpoint"), [["*", "every endpoint"], ...info.endpoints.map((name) => [name, name])]);
  fill($("fault-effect"), Object.keys(EFFECTS).map((name) => [name, name]));
  fill($("kind"), [...info.docTypes.map((type) => [`document:${type}`, type]), ["partner", "partners"], ["product", "products"]]);
  $("kind").value = "document:sales_order";
  $("base").textContent = `${location.origin}/rest/eshop/v1/`;
  showFaultFields();
  showSettings(await call("GET", "settings"));
  $("state-form").hidden = !info.saves;
  $("token-form").hidden = true;
  $("panels").hidden = false;
  await refresh();
  await openFromAddress();
}

/* `#sales_order/400000701`, `#partner/…` and `#product/…` open a record: a link for a demonstration. */
async function openFromAddress() {
  const [name, id] = location.hash.slice(1).split("/");
  if (!id) return;
  const kind = ["partner", "product"].includes(name) ? name : "document";
  const chosen = kind === "document" ? `document:${name}` : kind;
  if (![...$("kind").options].some((option) => option.value === chosen)) {
    say(`The address names ${name}, which is no type of document.`, true);
    return;
  }
  $("kind").value = chosen;
  await showRecords();
  await reopen({ kind, docType: kind === "document" ? name : undefined, id });
}

function listen() {
  $("token-form").onsubmit = (event) => {
    event.preventDefault();
    state.token = $("token").value;
    sessionStorage.setItem("token", state.token);
    open().catch((error) => say(error.message, true));
  };
  $("company").onchange = () => { state.company = $("company").value; refresh(); };
  for (const button of document.querySelectorAll("[data-clock]")) {
    button.onclick = () => attempt("The clock is moved on", () => moveClock({ advanceMs: Number(button.dataset.clock) }));
  }
  $("clock-real").onclick = () => attempt("The clock follows the machine", () => moveClock({ real: true }));
  $("requests-clear").onclick = () => attempt("Cleared", () => call("DELETE", "requests"));
  $("quick").replaceChildren(...QUICK.map(([textContent, rule]) => {
    const button = el("button", { type: "button", textContent });
    button.onclick = () => attempt("Armed", () => call("POST", "faults", withCompany(rule)));
    return button;
  }));
  $("fault-effect").onchange = showFaultFields;
  $("fault-trigger").onchange = showFaultFields;
  $("fault-form").onsubmit = (event) => {
    event.preventDefault();
    attempt("Armed", () => call("POST", "faults", withCompany(faultFromForm())));
  };
  $("faults-clear").onclick = () => attempt("Disarmed", () => call("DELETE", "faults"));
  const people = (body) => () => call("POST", "people", withCompany({ seed: Number($("people-seed").value), ...body }));
  $("people-form").onsubmit = (event) => {
    event.preventDefault();
    attempt("They are at work", people({ rate: Number($("people-rate").value) }));
  };
  $("people-once").onclick = () => {
    attempt("Done", people({ acts: 1 }));
    // Another seed, or the next act would be the same.
    $("people-seed").value = Number($("people-seed").value) + 1;
  };
  $("people-home").onclick = () => attempt("They went home", () => call("DELETE", "people"));
  const named = (path) => () => call("POST", path, { name: $("state-name").value });
  $("state-form").onsubmit = (event) => {
    event.preventDefault();
    attempt("Saved", named("save"));
  };
  $("state-load").onclick = () => attempt("Loaded", async () => { await named("load")(); await open(); });
  $("kind").onchange = refresh;
  $("text").oninput = refresh;
  $("reset").onclick = () => {
    if (confirm("Every company as it was seeded, no faults, default settings?")) attempt("Reset", async () => { await call("POST", "reset", {}); await open(); });
  };
}

listen();
open().catch((error) => say(error.message, true));
setInterval(() => { if (!document.hidden) refresh().catch((error) => say(error.message, true)); }, EVERY_MS);
