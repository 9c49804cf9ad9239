import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/login", component: () => import("./LoginPage.vue"), meta: { title: "登录", open: true } },
];
