import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  {
    path: "/desk",
    component: () => import("./DeskPage.vue"),
    meta: { title: "坐席工作台", menu: true, wide: true, roles: ["agent", "supervisor", "admin"] },
  },
];
