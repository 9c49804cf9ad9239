import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/admin", redirect: "/admin/users" },
  {
    path: "/admin/users",
    component: () => import("./UsersPage.vue"),
    meta: { title: "用户", menu: true, roles: ["admin"] },
  },
  {
    path: "/admin/tokens",
    component: () => import("./TokensPage.vue"),
    meta: { title: "接口令牌", menu: true, roles: ["admin"] },
  },
  {
    path: "/admin/access-log",
    component: () => import("./AccessLogPage.vue"),
    meta: { title: "访问日志", menu: true, roles: ["auditor", "admin"] },
  },
];
