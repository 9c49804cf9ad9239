import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/admin", redirect: "/admin/users" },
  {
    path: "/admin/users",
    component: () => import("./UsersPage.vue"),
    meta: { title: "用户", menu: true, roles: ["admin"] },
  },
];
