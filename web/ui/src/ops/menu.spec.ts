import { describe, expect, it } from "vitest";

import { countOf, inChinese, linesOf, type MenuProblem, type Node, pathAt, type Tree, treeOf } from "./menu";

const TEXT = `# 语音菜单
mode: menu
human: public

menus:
  main:
    prompt: 人工服务请按0。
    on_timeout: {human: public}
    on_invalid: {human: public}
    keys:
      0: {human: public}
      1: {menu: languages}
      "*": {again: true}
  languages:
    prompt: "外语服务: 请按2"
    on_timeout: {human: public}
    on_invalid: {human: public}
    keys:
      0: {human: public}
      2: {human: nowhere}
services:
  hours:
    prompt: 全天服务。
`;

const human = { human: "public" };
const TREE: Tree = {
  mode: "menu", start: "main", human: "public", greeting: { normal: "您好" }, voice: null,
  queues: [{ name: "public", label: "综合受理" }],
  services: { hours: { prompt: "全天服务。", human: "public", line: 21 } },
  menus: {
    main: { prompt: "人工服务请按0。", keys: { "0": human, "1": { menu: "languages" }, "*": { again: true } }, on_timeout: human, on_invalid: human, wait_seconds: 5, tries: 2, line: 6 },
    languages: { prompt: "外语", keys: { "0": human, "2": { human: "nowhere" } }, on_timeout: human, on_invalid: human, wait_seconds: 5, tries: 2, line: 14 },
  },
};

function problem(line: number, message: string): MenuProblem {
  return { line, rule: "reference", message, mend: "" };
}

function find(node: Node, id: string): Node | undefined {
  return node.id === id ? node : node.children.map((child) => find(child, id)).find((one) => one !== undefined);
}

describe("where things stand in the file", () => {
  it("knows the line of every name, keys of the telephone too", () => {
    const lines = linesOf(TEXT);
    expect(lines.get("menus.main")).toBe(6);
    expect(lines.get("menus.main.keys.*")).toBe(13);
    expect(lines.get("menus.languages.keys.2")).toBe(20);
    expect(lines.get("services.hours.prompt")).toBe(23);
  });

  it("takes a line without a name for the one above it", () => {
    expect(pathAt(linesOf(TEXT), 4)).toBe("human");
    expect(pathAt(linesOf(TEXT), 1)).toBe("");
  });
});

describe("the tree", () => {
  it("goes from the start by its keys, and ends at people", () => {
    const root = treeOf(TREE, TEXT, []);
    expect(root.children[0]?.children.map((child) => [child.key, child.label])).toEqual([
      ["0", "人工 · 综合受理"], ["1", "菜单 languages"], ["*", "重听"], ["无按键", "人工 · 综合受理"], ["按错键", "人工 · 综合受理"],
    ]);
  });

  it("shows a refusal at the key that it is about, and one of no place at the root", () => {
    const wrong = problem(20, "there is no queue 'nowhere'");
    const alone = problem(22, "'hours' is reached by no key");
    const root = treeOf(TREE, TEXT, [wrong, alone]);
    expect(find(root, "start/1/2")?.problems).toEqual([wrong]);
    expect(root.problems).toEqual([alone]);
    expect(countOf(root)).toBe(2);
  });

  it("loses no refusal, wherever its line is", () => {
    for (let line = 1; line <= 23; line += 1) {
      expect(countOf(treeOf(TREE, TEXT, [problem(line, "x")]))).toBeGreaterThanOrEqual(1);
    }
  });

  it("does not follow a loop", () => {
    const loop = structuredClone(TREE);
    loop.menus["languages"]!.keys["3"] = { menu: "main" };
    expect(find(treeOf(loop, TEXT, []), "start/1/3")?.label).toBe("菜单 main");
  });
});

describe("what the check says, in Chinese", () => {
  it.each([
    ["key 3 of menu 'main' opens a level 3", "菜单“main”的 3 键打开第 3 级菜单"],
    ["key 2 of menu 'b' leads back to 'a': a loop that need not end at a human", "菜单“b”的 2 键又回到“a”，形成循环"],
    ["menu 'main' has no key 0", "菜单“main”没有 0 键（人工）"],
    ["prompt menu-main holds advertising: 特价", "播报“menu-main”含广告用语：特价"],
    ["something that is new", "something that is new"],
  ])("%s", (message, said) => {
    expect(inChinese(message)).toBe(said);
  });
});
