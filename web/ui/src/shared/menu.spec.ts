import { describe, expect, it } from "vitest";

import { sectionOf, sectionsOf } from "./menu";
import type { Role } from "./session";

const PAGES = [
  { path: "/desk", meta: { title: "坐席工作台", menu: true, roles: ["agent", "admin"] as Role[] } },
  { path: "/ops", redirect: "/ops/figures" },
  { path: "/ops/figures", meta: { title: "指标", menu: true, roles: ["ops", "admin"] as Role[] } },
  { path: "/ops/alarms", meta: { title: "告警", menu: true } },
  { path: "/ops/alarms/:id", meta: { title: "一条告警" } },
];
const as = (role: Role) => (roles?: readonly Role[]) => roles === undefined || roles.includes(role);

describe("the menu", () => {
  it("has the pages that a role may see, by section, in their order", () => {
    expect(sectionsOf(PAGES, as("admin"))).toEqual([
      { path: "/desk", title: "坐席工作台", pages: [{ path: "/desk", title: "坐席工作台" }] },
      {
        path: "/ops/figures",
        title: "运行",
        pages: [
          { path: "/ops/figures", title: "指标" },
          { path: "/ops/alarms", title: "告警" },
        ],
      },
    ]);
  });

  it("leads to the first page that the role may see", () => {
    const [desk, ops] = sectionsOf(PAGES, as("agent"));
    expect([desk?.path, ops?.path]).toEqual(["/desk", "/ops/alarms"]);
  });

  it("finds the section of a page that is not in the menu", () => {
    const sections = sectionsOf(PAGES, as("ops"));
    expect(sectionOf(sections, "/ops/alarms/7")?.title).toBe("运行");
    expect(sectionOf(sections, "/opsx")).toBeUndefined();
  });
});
