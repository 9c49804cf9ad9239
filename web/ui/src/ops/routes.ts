import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/ops", redirect: "/ops/figures" },
  {
    path: "/ops/figures",
    component: () => import("./FiguresPage.vue"),
    meta: { title: "指标", menu: true, roles: ["supervisor", "ops", "auditor", "admin"] },
  },
];
