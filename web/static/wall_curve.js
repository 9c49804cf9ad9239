// The last 24 hours as a curve: both rates with their limit, and beneath them how many asked for a human.

import { byId, draw, hourOf, isNumber, percent, plainPercent } from "./wall_parts.js";

let drawn = "";

export function showCurve(points, limit) {
  const chart = byId("chart");
  const { width, height } = chart.getBoundingClientRect();
  const form = JSON.stringify([points, limit, width, height]);
  if (form === drawn || !width || !height) return;
  drawn = form;
  const em = Number.parseFloat(getComputedStyle(chart).fontSize) * 0.75;
  const box = { left: em * 3.1, right: width - em * 0.4, top: em * 0.6, bottom: height - em * 1.7 };
  const barsTop = box.bottom - (box.bottom - box.top) * 0.3;
  const values = points.flatMap((point) => [point.sl15_offered, point.connect_rate_24h]).filter(isNumber);
  // A quarter of an hour with two calls and one missed is 50 %: such depths are cut off, or nothing else is seen.
  const lowest = Math.min(limit ?? 1, ...points.map((point) => point.connect_rate_24h).filter(isNumber));
  const floor = [0.8, 0.5, 0].find((one) => one <= lowest - (1 - one) * 0.05) ?? 0;
  const cut = values.some((value) => value < floor);
  const x = (index) => box.left + ((index + 0.5) / points.length) * (box.right - box.left);
  const y = (share) => box.top + ((1 - Math.max(share, floor)) / (1 - floor)) * (barsTop - em * 1.1 - box.top);
  const parts = [];

  for (const share of [1, floor]) {
    parts.push(draw("line", { class: "grid", x1: box.left, x2: box.right, y1: y(share), y2: y(share) }));
    parts.push(draw("text", { x: box.left - em * 0.4, y: y(share) + em * 0.35, "text-anchor": "end" },
      share === floor && cut ? `≤${plainPercent(share)}` : plainPercent(share)));
  }
  const most = Math.max(1, ...points.map((point) => point.offered ?? 0));
  const barWidth = ((box.right - box.left) / Math.max(points.length, 1)) * 0.72;
  points.forEach((point, index) => {
    const tall = (count) => ((count ?? 0) / most) * (box.bottom - barsTop);
    const bar = (className, from, count) => parts.push(draw("rect", {
      class: className, x: x(index) - barWidth / 2, width: barWidth,
      y: box.bottom - tall(from + count), height: tall(count),
    }));
    const answered = Math.min(point.answered ?? 0, point.offered ?? 0);
    if (answered > 0) bar("answered", 0, answered);
    if (point.offered > answered) bar("missed", answered, point.offered - answered);
    const at = Date.parse(point.at);
    if (Number.isNaN(at) || new Date(at).getUTCMinutes() !== 0) return;
    const hour = Number.parseInt(hourOf(at), 10);
    if (hour % 4 === 0) {
      parts.push(draw("text", { x: x(index), y: height - em * 0.25, "text-anchor": "middle" }, `${hour}时`));
    }
  });
  parts.push(draw("text", { x: box.left - em * 0.4, y: barsTop + em * 0.7, "text-anchor": "end" }, `${most}通`));
  parts.push(draw("line", { class: "grid", x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom }));
  if (isNumber(limit)) {
    parts.push(draw("line", { class: "limit", x1: box.left, x2: box.right, y1: y(limit), y2: y(limit) }));
    parts.push(draw("text", { class: "limit-text", x: box.left - em * 0.4, y: y(limit) + em * 0.35, "text-anchor": "end" }, plainPercent(limit)));
  }
  for (const [className, key] of [["connect", "connect_rate_24h"], ["sl15", "sl15_offered"]]) {
    let path = "";
    let pen = "M";
    points.forEach((point, index) => {
      if (!isNumber(point[key])) { pen = "M"; return; }
      path += `${pen}${x(index).toFixed(1)} ${y(point[key]).toFixed(1)}`;
      if (pen === "M") path += "h.1";
      pen = "L";
    });
    if (path) parts.push(draw("path", { class: `line ${className}`, d: path }));
  }
  chart.replaceChildren(...parts);
  const last = points.at(-1);
  const say = (share) => (isNumber(share) ? `${percent(share)}%` : "暂无");
  chart.setAttribute("aria-label", `近 24 小时曲线：15 秒接通率现为 ${say(last?.sl15_offered)}，` +
    `24 小时接通率现为 ${say(last?.connect_rate_24h)}，期间最低 ${values.length ? say(lowestOf(points)) : "暂无"}`);
}

function lowestOf(points) {
  return Math.min(...points.map((point) => point.connect_rate_24h).filter(isNumber));
}
