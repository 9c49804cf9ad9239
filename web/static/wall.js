// Fills the wall page from GET /api/v1/queue/stream, for ever: docs/wall.md.
// Values go in as text and numbers only, never as markup.
import { showCurve } from "./wall_curve.js";
import {
  byId, clean, dateOf, fill, isNumber, lasting, make, minuteOf, percent, plainPercent, put, shape, timeOf,
} from "./wall_parts.js";

const STREAM = "/api/v1/queue/stream";
const OLD_MS = 8000;       // the service sends at least every 5 s
const SILENT_MS = 12000;   // after so long the connection is given up and begun anew
const GRACE_MS = 1500;     // a connection that is back so soon is not worth a word
const PAUSES_MS = [0, 500, 1000, 2000, 3000];
const CLOCK_SAMPLES = 60;
const CLOCK_JUMP_MS = 2000;
const MOST_MARKS = 500;
const QUEUES_SHOWN = 6;
const FEW_QUEUES = 3;      // so few are written larger
const ALARMS_SHOWN = 3;

const ALWAYS_SHOWN = new Set(["ready", "ringing", "talking", "wrapup", "paused", "signed_out"]);
const SEVERITY_SHAPES = { critical: "broken", warning: "near" };

const RATE_WORDS = { ok: "达标", near: "接近下限", broken: "未达标", none: "" };

const page = document.body.dataset;
const AGENT_KINDS = new Map(JSON.parse(page.agentKinds));
const WAIT_NEAR_MS = Number(page.waitNearMs);
const WAIT_LIMIT_MS = Number(page.waitLimitMs);
const NEAR_SHARE = Number(page.nearPoints) / 100;

// --- The service's clock: the browser's may be wrong, and may be set while we run ------------------

const clock = {
  samples: [],
  offset: null,
  // An event is never received before it was made: the greatest difference is the nearest to the truth.
  learn(at) {
    const sample = at - performance.now();
    if (this.samples.length && Math.abs(sample - this.offset) > CLOCK_JUMP_MS) this.samples = [];
    this.samples.push(sample);
    if (this.samples.length > CLOCK_SAMPLES) this.samples.shift();
    this.offset = Math.max(...this.samples);
  },
  now() { return this.offset === null ? null : performance.now() + this.offset; },
};

// --- What is shown ------------------------------------------------------------------------------------

const state = {
  view: null, at: null, passed: 0, freshAt: null, lostAt: null, tries: 0, problem: null, refused: false,
};

function waitState(ms) {
  if (ms > WAIT_LIMIT_MS) return "broken";
  return ms > WAIT_NEAR_MS ? "near" : "ok";
}

function rateState(share, limit) {
  if (!isNumber(share) || !isNumber(limit)) return "none";
  if (share < limit) return "broken";
  return share < limit + NEAR_SHARE ? "near" : "ok";
}

function setState(tile, name, word, note) {
  tile.classList.remove("is-ok", "is-near", "is-broken", "is-none");
  tile.classList.add(`is-${name}`);
  tile.querySelector("use").setAttribute("href", `#shape-${name}`);
  put(tile.querySelector(".word"), word);
  put(tile.querySelector(".note"), note);
}

function showRate(id, figure, note, loading) {
  const tile = byId(id);
  const share = figure?.value;
  const limit = figure?.limit;
  put(byId(`${id}-number`), isNumber(share) ? percent(share) : "—");
  tile.querySelector("small").hidden = !isNumber(share);
  const name = loading ? "none" : rateState(share, limit);
  const bound = isNumber(limit) ? `不低于 ${plainPercent(limit)}　` : "";
  const word = isNumber(share) ? RATE_WORDS[name] : "暂无数据";
  setState(tile, name, loading ? "正在载入" : word, bound + note);
  tile.title = figure?.definition ? clean(`${figure.definition} v${figure.version}`) : "";
}

function showLongest(total, passed) {
  const tile = byId("longest");
  const waits = total.waiting > 0 && isNumber(total.longest_wait_ms);
  const ms = waits ? total.longest_wait_ms + passed : 0;
  put(byId("longest-number"), waits ? lasting(ms) : "0:00");
  const name = waitState(ms);
  const words = { ok: waits ? "正常" : "无人等待", near: "即将超时", broken: "已超时" };
  setState(tile, name, words[name], `上限 ${WAIT_LIMIT_MS / 1000} 秒`);
}

function showWaiting(total) {
  put(byId("waiting-number"), isNumber(total.waiting) ? total.waiting : "—");
  const late = total.waiting_over_10s ?? 0;
  const missed = total.waiting_over_15s ?? 0;
  put(byId("waiting-late"), late ? `超过 10 秒 ${late} 人` : "");
  put(byId("waiting-missed"), missed ? `其中超过 15 秒 ${missed} 人` : "");
}

function queueOrder(queues) {
  if (queues.length <= QUEUES_SHOWN) return queues;
  const urgent = [...queues].sort((a, b) => (b.longest_wait_ms ?? -1) - (a.longest_wait_ms ?? -1) || b.waiting - a.waiting);
  const shown = new Set(urgent.slice(0, QUEUES_SHOWN - 1));
  return queues.filter((queue) => shown.has(queue));
}

function showQueues(queues, passed) {
  const chosen = queueOrder(queues);
  const lines = chosen.map((queue) => {
    const waits = queue.waiting > 0 && isNumber(queue.longest_wait_ms);
    const ms = waits ? queue.longest_wait_ms + passed : 0;
    return [waitState(ms), queue.label || queue.queue, queue.waiting, waits ? lasting(ms) : "—",
      queue.agents?.ready ?? 0, queue.agents?.talking ?? 0];
  });
  const rest = queues.filter((queue) => !chosen.includes(queue));
  const more = rest.length
    ? `另有 ${rest.length} 个队列，等待 ${rest.reduce((sum, queue) => sum + queue.waiting, 0)} 人` : null;
  byId("queues").classList.toggle("few", queues.length <= FEW_QUEUES);
  fill(byId("queue-rows"), [lines, more], () => {
    const rows = lines.map(queueRow);
    if (more) {
      const cell = make("td", "", more);
      cell.colSpan = 5;
      rows.push(make("tr", "more"));
      rows.at(-1).append(cell);
    }
    return rows;
  });
}

function queueRow([name, label, waiting, longest, ready, talking]) {
  const row = make("tr", `is-${name}`);
  const head = make("th", "", label);
  head.scope = "row";
  const wait = make("td", "wait", longest);
  if (name !== "ok") wait.prepend(shape(name));
  row.append(head, make("td", "", waiting), wait, make("td", "", ready), make("td", "", talking));
  return row;
}

function showAlarms(alarms) {
  put(byId("alarm-count"), alarms.length ? alarms.length : "");
  const rank = (alarm) => ["critical", "warning"].indexOf(alarm.severity) >>> 0;
  const sorted = [...alarms].sort((a, b) => rank(a) - rank(b));
  const chosen = sorted.slice(0, ALARMS_SHOWN);
  put(byId("alarm-more"), sorted.length > chosen.length ? `另有 ${sorted.length - chosen.length} 条` : "");
  fill(byId("alarm-rows"), chosen, () => {
    const rows = chosen.map(alarmRow);
    if (!rows.length) {
      rows.push(make("li", "calm", "无告警"));
      rows[0].prepend(shape("ok"));
    }
    return rows;
  });
}

function alarmRow(alarm) {
  const name = Object.hasOwn(SEVERITY_SHAPES, alarm.severity) ? SEVERITY_SHAPES[alarm.severity] : "none";
  const row = make("li", `is-${name}`);
  const since = Date.parse(alarm.since);
  const words = [alarm.severity_label ?? alarm.severity];
  if (alarm.level) words.push(`${alarm.level}级`);
  if (!Number.isNaN(since)) words.push(`${minuteOf(since)}起`);
  row.append(shape(name), make("span", "what", alarm.title),
    make("span", "more", `${words.join(" · ")}　${alarm.text ?? ""}`));
  return row;
}

function showAgents(counts, agents) {
  const away = agents.filter((agent) => agent.state === "unreachable").map((agent) => agent.name ?? agent.agent);
  const kinds = [...new Set([...AGENT_KINDS.keys(), ...Object.keys(counts)])]
    .filter((kind) => counts[kind] > 0 || ALWAYS_SHOWN.has(kind));
  fill(byId("agent-kinds"), [counts, away], () => kinds.map((kind) => {
    const known = AGENT_KINDS.has(kind);
    const cell = make("div", `${known ? kind : ""} ${counts[kind] > 0 ? "" : "zero"}`);
    const number = make("dd", "", counts[kind] ?? 0);
    if (kind === "unreachable" && away.length) number.append(make("span", "", away.join("、")));
    cell.append(make("dt", "", known ? AGENT_KINDS.get(kind) : kind), number);
    return cell;
  }));
}

// --- Every event, and every moment between two ---------------------------------------------------------------

function showMoment() {
  const now = clock.now();
  if (now !== null) {
    put(byId("clock"), timeOf(now));
    put(byId("date"), dateOf(now));
  }
  const old = showBanner(now);
  if (!state.view) return;
  if (!old) state.passed = Math.max(0, now - state.at);
  showLongest(state.view.total, state.passed);
  showQueues(state.view.queues ?? [], state.passed);
}

function showBanner(now) {
  const mono = performance.now();
  const lost = state.lostAt !== null && (state.tries > 1 || mono - state.lostAt > GRACE_MS);
  const old = state.freshAt !== null && mono - state.freshAt > OLD_MS;
  const banner = byId("banner");
  let title = "";
  if (state.refused) title = "此屏幕未登录";
  else if (lost) title = state.view ? "连接中断" : "正在连接服务";
  else if (state.problem) title = "数据暂不可用";
  else if (old) title = "数据已停止更新";
  document.body.classList.toggle("old", title !== "");
  if (banner.hidden !== (title === "")) banner.hidden = title === "";
  if (!title) return false;
  put(byId("banner-title"), title);
  const parts = [];
  if (state.at !== null) parts.push(`画面停在 ${timeOf(state.at)}，已 ${lasting(now - state.at)}`);
  if (state.refused) parts.push("请在服务的“大屏链接”页取得链接，在此屏幕重新打开");
  else if (state.problem && !lost) parts.push(state.problem);
  else parts.push("正在自动重连");
  put(byId("banner-text"), parts.join("　"));
  return true;
}

const marks = [];

function show(view, received) {
  state.view = view;
  state.problem = null;
  const at = Date.parse(view.at);
  if (at !== state.at) {
    state.at = at;
    state.freshAt = received;
    clock.learn(at);
  }
  showWaiting(view.total);
  const loading = view.complete === false;
  showRate("sl15", view.sl15_offered, "近 24 小时", loading);
  const least = view.connect_rate_24h_min_today?.value;
  showRate("connect", view.connect_rate_24h, isNumber(least) ? `今日最低 ${percent(least)}%` : "", loading);
  showAlarms(view.alarms ?? []);
  showAgents(view.total.agents ?? {}, view.agents ?? []);
  showCurve(view.curve ?? [], view.connect_rate_24h?.limit ?? view.sl15_offered?.limit);
  showMoment();
  if (document.hidden) return;  // no frame is painted, and callbacks for one would pile up
  // The frame is painted after its callbacks: a task that is queued in one runs when it is done.
  requestAnimationFrame(() => setTimeout(() => {
    marks.push({ at, waiting: view.total.waiting, received: performance.timeOrigin + received,
      painted: performance.timeOrigin + performance.now() });
    if (marks.length > MOST_MARKS) marks.shift();
  }));
}

function take(block, received) {
  let name = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
  }
  if (!data.length) return;
  const value = JSON.parse(data.join("\n"));
  if (name === "live") show(value, received);
  else if (name === "problem") state.problem = clean(value.detail ?? value.error);
}

// --- The connection --------------------------------------------------------------------------------------------

async function read() {
  const abort = new AbortController();
  let watch = setTimeout(() => abort.abort(), SILENT_MS);
  try {
    const answer = await fetch(STREAM, { signal: abort.signal, cache: "no-store", redirect: "error" });
    state.refused = answer.status === 401 || answer.status === 403;
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      clearTimeout(watch);
      watch = setTimeout(() => abort.abort(), SILENT_MS);
      const received = performance.now();
      const blocks = (text + value).replaceAll("\r\n", "\n").split("\n\n");
      text = blocks.pop();
      for (const block of blocks) take(block, received);
      if (blocks.length && state.lostAt !== null) {
        state.lostAt = null;
        state.tries = 0;
        showMoment();
        void renew();
      }
    }
  } finally {
    clearTimeout(watch);
    abort.abort();
  }
}

// A service that came back with another edition of this page gets its own page shown.
async function renew() {
  try {
    const answer = await fetch("/wall", { method: "HEAD", cache: "no-store" });
    const edition = answer.headers.get("Hotline-Edition");
    if (edition && edition !== page.edition) location.reload();
  } catch { /* the stream's own loss tells of it */ }
}

async function follow() {
  for (;;) {
    try { await read(); } catch (error) { console.warn("the stream ended:", error.message); }
    state.lostAt ??= performance.now();
    showMoment();
    const pause = PAUSES_MS[Math.min(state.tries, PAUSES_MS.length - 1)];
    state.tries += 1;
    await new Promise((resume) => setTimeout(resume, pause + Math.random() * 200));
  }
}

globalThis.hotlineWall = { marks };
state.lostAt = performance.now();
setInterval(showMoment, 200);
addEventListener("resize", () => {
  if (state.view) showCurve(state.view.curve ?? [], state.view.connect_rate_24h?.limit ?? state.view.sl15_offered?.limit);
});
void follow();
