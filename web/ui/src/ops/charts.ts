/** What the curves draw, as ECharts options. Pure: out of the live view and the colours. */

import type { EChartsCoreOption } from "echarts/core";

import { minuteOf, percent } from "./format";

export interface Point {
  at: string;
  offered: number;
  answered: number;
  sl15_offered: number | null;
  connect_rate_24h: number | null;
}

const LINE = { sl15: "#174f91", connect: "#1a6336", limit: "#a61b14", offered: "#b9c4d2", answered: "#6f8fb5" };
const FLOOR_PERCENT = 5;

/** The lowest percent that is drawn: a step of 5 under the least value and the limit. */
export function lowestShown(values: readonly (number | null)[], limit: number): number {
  const known = values.filter((value): value is number => value !== null).map((value) => value * 100);
  const least = Math.min(limit * 100, ...known);
  return Math.max(0, Math.floor((least - 1) / FLOOR_PERCENT) * FLOOR_PERCENT);
}

/** Both shares of the last 24 hours against a limit; what is not known is a gap. */
export function rateCurve(points: readonly Point[], limits: { sl15: number; connect: number }): EChartsCoreOption {
  const share = (value: number | null): number | null => (value === null ? null : Math.floor(value * 10_000) / 100);
  const values = points.flatMap((point) => [point.sl15_offered, point.connect_rate_24h]);
  const limitLine = (value: number, name: string, colour: string) => ({
    silent: true, symbol: "none", lineStyle: { color: colour, type: "dashed", width: 1.5 },
    label: { formatter: `${name}下限 ${percent(value)}`, position: "insideEndBottom", color: colour, fontWeight: "bold", backgroundColor: "#fff", padding: [1, 4] },
    data: [{ yAxis: value * 100 }],
  });
  const isOne = limits.sl15 === limits.connect;
  return {
    aria: { enabled: true },
    animation: false,
    grid: { left: 48, right: 16, top: 36, bottom: 28 },
    legend: { top: 0, data: ["15 秒接通率（每刻钟）", "24 小时接通率"] },
    tooltip: { trigger: "axis", valueFormatter: (value: unknown) => (typeof value === "number" ? `${value.toFixed(2)}%` : "无数据") },
    xAxis: { type: "category", data: points.map((point) => minuteOf(point.at)), boundaryGap: false, axisLabel: { interval: 11 } },
    yAxis: { type: "value", min: lowestShown(values, Math.min(limits.sl15, limits.connect)), max: 100, axisLabel: { formatter: "{value}%" } },
    series: [
      {
        name: "15 秒接通率（每刻钟）", type: "line", symbol: "circle", symbolSize: 4, showAllSymbol: false, connectNulls: false,
        lineStyle: { width: 2, color: LINE.sl15 }, itemStyle: { color: LINE.sl15 },
        data: points.map((point) => share(point.sl15_offered)), markLine: limitLine(limits.sl15, isOne ? "" : "15 秒", isOne ? LINE.limit : LINE.sl15),
      },
      {
        name: "24 小时接通率", type: "line", symbol: "diamond", symbolSize: 4, showAllSymbol: false, connectNulls: false,
        lineStyle: { width: 2, color: LINE.connect }, itemStyle: { color: LINE.connect },
        data: points.map((point) => share(point.connect_rate_24h)), ...(isOne ? {} : { markLine: limitLine(limits.connect, "24 小时", LINE.connect) }),
      },
    ],
  };
}

/** How many asked for a human and were answered, by quarters of an hour. */
export function loadCurve(points: readonly Point[]): EChartsCoreOption {
  return {
    aria: { enabled: true },
    animation: false,
    grid: { left: 48, right: 16, top: 36, bottom: 28 },
    legend: { top: 0, data: ["要求人工", "已接听"] },
    tooltip: { trigger: "axis" },
    xAxis: { type: "category", data: points.map((point) => minuteOf(point.at)), axisLabel: { interval: 11 } },
    yAxis: { type: "value", minInterval: 1 },
    series: [
      { name: "要求人工", type: "bar", barGap: "-100%", itemStyle: { color: LINE.offered }, data: points.map((point) => point.offered) },
      { name: "已接听", type: "bar", itemStyle: { color: LINE.answered }, data: points.map((point) => point.answered) },
    ],
  };
}

export interface Place {
  place: string;
  domain: string | null;
  tickets: number;
  callers: number;
  grade: string | null;
}

const GRADE_COLOURS: Readonly<Record<string, string>> = { I: "#8c1510", II: "#b3372a", III: "#a3600a", IV: "#8a6d1a" };
const NO_GRADE = "#4d6a8f";

/** Where the same is told again and again: an area for each place, as large as its callers are many, coloured by grade. */
export function heatMap(places: readonly Place[]): EChartsCoreOption {
  const domains = new Map<string, Place[]>();
  for (const place of places) {
    const name = place.domain ?? "未分类";
    domains.set(name, [...(domains.get(name) ?? []), place]);
  }
  return {
    aria: { enabled: true },
    animation: false,
    tooltip: { formatter: (info: { name: string; value: number }) => `${escaped(info.name)}：${info.value} 人反映` },
    series: [
      {
        type: "treemap", roam: false, nodeClick: false, breadcrumb: { show: false }, left: 0, top: 0, right: 0, bottom: 0,
        label: { show: true, formatter: "{b}\n{c} 人", fontSize: 14, lineHeight: 20, color: "#fff" },
        levels: [{ upperLabel: { show: false } }, { upperLabel: { show: true, height: 24, color: "#1d2733", formatter: "{b}" } }],
        itemStyle: { borderColor: "#fff", borderWidth: 2, gapWidth: 2 },
        data: [...domains].map(([name, found]) => ({
          name, itemStyle: { color: "#dfe5ec", borderColor: "#dfe5ec" },
          children: found.map((place) => ({
            name: place.place || "未说明地点", value: place.callers,
            itemStyle: { color: place.grade ? (GRADE_COLOURS[place.grade] ?? NO_GRADE) : NO_GRADE },
          })),
        })),
      },
    ],
  };
}

/** A tooltip is markup; names of places come from what citizens said. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const USUAL_PX = 12;
const LARGE_PX = 17;

/** A chart's letters are painted and do not grow with the page's: let them be as large and as dark as it is shown. */
export function readable(option: EChartsCoreOption, how: { large: boolean; contrast: boolean }): EChartsCoreOption {
  const fontSize = how.large ? LARGE_PX : USUAL_PX;
  const color = how.contrast ? "#000" : "#3d4652";
  const letters = { fontSize, color };
  const axis = (one: unknown): unknown => {
    if (typeof one !== "object" || one === null) return one;
    const told = one as Record<string, unknown>;
    const label = (told["axisLabel"] ?? {}) as Record<string, unknown>;
    return { ...told, axisLabel: { ...label, ...letters } };
  };
  const made: Record<string, unknown> = { ...option, textStyle: letters };
  if (option["legend"]) made["legend"] = { ...(option["legend"] as object), textStyle: letters };
  if (option["grid"] && how.large) made["grid"] = { ...(option["grid"] as object), left: 64, top: 44, bottom: 36 };
  for (const name of ["xAxis", "yAxis"]) if (option[name]) made[name] = axis(option[name]);
  return made;
}
