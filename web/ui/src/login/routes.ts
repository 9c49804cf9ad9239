import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/login", component: () => import("./LoginPage.vue"), meta: { title: "登录", open: true } },
];

/** Inside the frame: for who has signed in. */
export const framed: RouteRecordRaw[] = [
  { path: "/password", component: () => import("./PasswordPage.vue"), meta: { title: "修改密码" } },
];
