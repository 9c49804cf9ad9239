/** Every page by its address. Each folder lists its own pages in `routes.ts`; a page is loaded when it is opened. */

import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";

import { routes as admin } from "./admin/routes";
import { routes as desk } from "./desk/routes";
import { routes as floor } from "./floor/routes";
import { framed as account, routes as login } from "./login/routes";
import { routes as ops } from "./ops/routes";
import { may, session, whoAmI } from "./shared/session";

const inFrame: RouteRecordRaw = {
  path: "/",
  component: () => import("./shared/PageFrame.vue"),
  children: [
    ...desk,
    ...floor,
    ...ops,
    ...admin,
    ...account,
    { path: "/no-access", component: () => import("./shared/NoAccess.vue"), meta: { title: "没有权限" } },
    { path: "/:rest(.*)*", component: () => import("./shared/NotFound.vue"), meta: { title: "没有这个页面" } },
  ],
};

export const router = createRouter({
  history: createWebHistory("/"),
  routes: [...login, inFrame],
});

router.beforeEach(async (to) => {
  if (to.meta.open) return true;
  if (session.who === null) await whoAmI();
  if (session.who === null) return { path: "/login", query: { next: to.fullPath } };
  if (session.who.must_change_password && to.path !== "/password") {
    return { path: "/password", query: { next: to.fullPath } };
  }
  if (!may(to.meta.roles)) return { path: "/no-access", query: { from: to.path } };
  return true;
});

router.afterEach((to) => {
  document.title = `${to.meta.title ?? "热线"} · 12345`;
});
