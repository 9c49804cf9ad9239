import type { RouteRecordRaw } from "vue-router";

import type { Role } from "../shared/session";

const OVERSIGHT: readonly Role[] = ["supervisor", "ops", "auditor", "admin"];
const RUNNING: readonly Role[] = ["supervisor", "ops", "admin"];

/** The pages under /ops, in the order of their menu. */
export const pages: RouteRecordRaw[] = [
  { path: "figures", component: () => import("./FiguresPage.vue"), meta: { title: "指标", roles: OVERSIGHT } },
  { path: "alarms", component: () => import("./AlarmsPage.vue"), meta: { title: "告警", roles: OVERSIGHT } },
  { path: "reports", component: () => import("./ReportsPage.vue"), meta: { title: "报表下载", roles: OVERSIGHT } },
  { path: "repeats", component: () => import("./RepeatsPage.vue"), meta: { title: "同诉热力", roles: OVERSIGHT } },
  { path: "callbacks", component: () => import("./CampaignsPage.vue"), meta: { title: "智能回访", roles: OVERSIGHT } },
  { path: "menus", component: () => import("./MenuPage.vue"), meta: { title: "语音菜单", roles: RUNNING } },
  { path: "health", component: () => import("./HealthPage.vue"), meta: { title: "系统状态", roles: RUNNING } },
];

export const routes: RouteRecordRaw[] = [
  {
    path: "/ops",
    component: () => import("./OpsFrame.vue"),
    redirect: "/ops/figures",
    meta: { title: "运行", menu: true, wide: true, roles: OVERSIGHT },
    children: pages,
  },
];
