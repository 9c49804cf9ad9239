import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  {
    path: "/floor",
    component: () => import("./FloorPage.vue"),
    meta: { title: "现场", menu: true, wide: true, roles: ["supervisor", "admin"] },
  },
];
