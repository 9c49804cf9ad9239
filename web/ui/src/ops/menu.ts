/** The voice menu in the editor: its tree, and each thing that the check refuses at its place. Pure. */

export interface MenuProblem {
  line: number;
  rule: string;
  message: string;
  mend: string;
}

export interface Target {
  human?: string | null;
  menu?: string | null;
  service?: string | null;
  again?: boolean | null;
}

export interface MenuPart {
  prompt: string;
  keys: Record<string, Target>;
  on_timeout: Target;
  on_invalid: Target;
  wait_seconds: number;
  tries: number;
  line: number;
}

export interface Tree {
  mode: "menu" | "zero_level";
  start: string;
  human: string;
  greeting: Record<string, string>;
  menus: Record<string, MenuPart>;
  services: Record<string, { prompt: string; human: string; line: number }>;
  voice: { prompt: string; words: Record<string, Target>; wait_seconds: number; line: number } | null;
  queues: { name: string; label: string }[];
}

export interface Node {
  /** Unique in the tree. */
  id: string;
  key: string;
  label: string;
  kind: "root" | "menu" | "service" | "human" | "again" | "unknown";
  /** What the citizen hears there. */
  prompt: string;
  /** Line of the file, null where the tree alone knows of it. */
  line: number | null;
  problems: MenuProblem[];
  children: Node[];
}

const RULES: Readonly<Record<string, string>> = {
  "R-IVR-1": "每条路径须到人工或自助结束",
  "R-IVR-2": "不超过两级、不得有广告",
  "R-IVR-4": "语音导航",
  "R-IVR-5": "开头语",
  reference: "引用不存在",
  text: "播报内容",
  format: "文件格式",
};

export function ruleName(rule: string): string {
  return RULES[rule] ?? rule;
}

/** The check's messages in Chinese; one that is not known here is shown as it is. */
const MESSAGES: readonly [RegExp, (...found: string[]) => string][] = [
  [/^there is no queue '(.*)'$/, (name) => `没有名为“${name}”的队列`],
  [/^prompt (\S+) holds advertising: (.*)$/, (name, word) => `播报“${name}”含广告用语：${word}`],
  [/^prompt (\S+) is not the standard's$/, (name) => `开头语“${name}”不合标准`],
  [/^'(.*)' is both a menu and a service$/, (name) => `“${name}”既是菜单又是自助服务`],
  [/^there is no menu '(.*)' to start with$/, (name) => `没有起始菜单“${name}”`],
  [/^'(.*)' is reached by no key$/, (name) => `没有按键通向“${name}”`],
  [/^key (\S+) of menu '(.*)' leads to an unknown service '(.*)'$/, (key, menu, name) => `菜单“${menu}”的 ${key} 键指向不存在的自助服务“${name}”`],
  [/^key (\S+) of menu '(.*)' leads to an unknown menu '(.*)'$/, (key, menu, name) => `菜单“${menu}”的 ${key} 键指向不存在的菜单“${name}”`],
  [/^key (\S+) of menu '(.*)' leads back to '(.*)': .*$/, (key, menu, name) => `菜单“${menu}”的 ${key} 键又回到“${name}”，形成循环`],
  [/^key (\S+) of menu '(.*)' opens a level (\d+)$/, (key, menu, level) => `菜单“${menu}”的 ${key} 键打开第 ${level} 级菜单`],
  [/^menu '(.*)' has no key 0$/, (menu) => `菜单“${menu}”没有 0 键（人工）`],
  [/^key 0 of menu '(.*)' does not lead to a human$/, (menu) => `菜单“${menu}”的 0 键没有通向人工`],
  [/^menu '(.*)' does not say where (.*) leads$/, (menu, cause) => `菜单“${menu}”没有写明${/silence|no answer|time/.test(cause) ? "无按键" : "按错键"}时去哪里`],
  [/^(on_timeout|on_invalid) of menu '(.*)' does not end at a human$/, (key, menu) => `菜单“${menu}”的 ${key} 没有通向人工`],
  [/^(menu|service) '(.*)' has no prompt$/, (kind, name) => `${kind === "menu" ? "菜单" : "自助服务"}“${name}”没有播报内容（prompt）`],
  [/^voice has no prompt$/, () => "语音导航没有提问（prompt）"],
  [/^voice has no words$/, () => "语音导航没有词语（words）"],
  [/^prompt (\S+) is empty$/, (name) => `播报“${name}”是空的`],
  [/^prompt (\S+) has (\d+) characters$/, (name, length) => `播报“${name}”有 ${length} 字，过长`],
  [/^prompt (\S+) holds a control character$/, (name) => `播报“${name}”含控制字符`],
  [/^unknown key '(.*)' in (.*)$/, (key, what) => `${what} 中有不认识的项“${key}”`],
  [/^'(.*)' stands twice in (.*) \(first in line (\d+)\)$/, (key, what, line) => `“${key}”在 ${what} 中出现两次（首次在第 ${line} 行）`],
  [/^not readable as YAML: (.*)$/, (why) => `不是有效的 YAML：${why}`],
  [/^the file is empty$/, () => "文件是空的"],
  [/^the file names no queue of humans$/, () => "文件没有写明人工队列（human）"],
  [/^there is no menu$/, () => "没有菜单（menus）"],
  [/^unknown mode '(.*)'$/, (mode) => `不认识的模式“${mode}”`],
  [/^(.*) must be a mapping$/, (what) => `${what} 应是“名称: 值”的形式`],
  [/^(.*) must be one value$/, (what) => `${what} 应是单个值`],
  [/^(.*) is not a whole number from (\d+) to (\d+)$/, (what, least, most) => `${what} 应是 ${least} 到 ${most} 的整数`],
  [/^anchors, aliases and tags are not allowed$/, () => "不允许使用锚点、别名和标签"],
  [/^the question does not tell the way to a human$/, () => "语音提问没有说明如何转人工"],
  [/^the word '(.*)' leads nowhere$/, (word) => `词语“${word}”没有去处`],
  [/^the word '(.*)' leads back to the question$/, (word) => `词语“${word}”又回到提问`],
  [/^the word '(.*)' clashes with '(.*)', .*$/, (word, human) => `词语“${word}”与“${human}”（总是转人工）冲突`],
  [/^the word '(.*)' holds '(.*)', which leads elsewhere$/, (word, other) => `词语“${word}”包含“${other}”，而后者另有去处`],
];

function translated(text: string, known: typeof MESSAGES): string {
  for (const [form, say] of known) {
    const found = form.exec(text);
    if (found) return say(...found.slice(1));
  }
  return text;
}

export function inChinese(message: string): string {
  return translated(message, MESSAGES);
}

const MENDS: readonly [RegExp, (...found: string[]) => string][] = [
  [/^queues of hotline\.toml: (.*)$/, (names) => `可用的队列：${names}`],
  [/^at most (\d+) levels; lead it to a human$/, (levels) => `最多 ${levels} 级，请直接通向人工`],
  [/^known: (.*)$/, (names) => `已有的：${names === "none" ? "无" : names}`],
  [/^known keys: (.*)$/, (names) => `可用的项：${names}`],
  [/^lead a key to it$/, () => "请让一个按键通向它，或删去"],
  [/^lead it to a human, or use \{again: true\}$/, () => "请通向人工，或用 {again: true} 重听"],
  [/^(?:add|write) `0: \{human: <queue>\}`$/, () => "请写 0: {human: 队列名}"],
  [/^take it out$/, () => "请删去"],
  [/^rename one$/, () => "请给其中一个改名"],
  [/^keep one$/, () => "请只留一个"],
  [/^begin with (.*) and ask (.*) \(BJ B\.1\.2\)$/, (begin, asked) => `请以 ${begin.replaceAll("'", "")} 开头，并问“${asked}”（BJ B.1.2）`],
  [/^at most (\d+), long prompts lose callers$/, (most) => `最多 ${most} 字，过长的播报会使市民挂机`],
  [/^mend the line or quote the text$/, () => "请改正这一行，或给文字加引号"],
  [/^write \{human: …\}, \{menu: …\}, \{service: …\} or \{again: true\}$/, () => "请写 {human: …}、{menu: …}、{service: …} 或 {again: true}"],
  [/^use one of 0-9, \* and #$/, () => "请用 0–9、* 或 #"],
  [/^use (\d+) to (\d+)$/, (least, most) => `请用 ${least} 到 ${most}`],
];

export function mendInChinese(mend: string): string {
  return translated(mend, MENDS);
}

/** Where each name path of a YAML text in block form stands: `menus.main.keys.0` → line. Flow mappings are one line. */
export function linesOf(text: string): Map<string, number> {
  const found = new Map<string, number>();
  const open: { indent: number; name: string }[] = [];
  text.split("\n").forEach((line, at) => {
    const entry = /^(\s*)(?:"([^"]*)"|'([^']*)'|([^\s#:'"][^:#]*?))\s*:(?:\s|$)/.exec(line);
    if (!entry) return;
    const indent = (entry[1] ?? "").length;
    while (open.length > 0 && (open[open.length - 1]?.indent ?? 0) >= indent) open.pop();
    open.push({ indent, name: entry[2] ?? entry[3] ?? entry[4] ?? "" });
    const path = open.map((one) => one.name).join(".");
    if (!found.has(path)) found.set(path, at + 1);
  });
  return found;
}

/** Return the name path that a line belongs to: its own, else the nearest above it. "" for none. */
export function pathAt(lines: ReadonlyMap<string, number>, line: number): string {
  let best = "";
  let bestLine = 0;
  for (const [path, at] of lines) {
    if (at <= line && at >= bestLine) [best, bestLine] = [path, at];
  }
  return best;
}

/** Build the tree as a citizen walks it: from the start menu by its keys, at most as deep as the file goes. */
export function treeOf(tree: Tree, text: string, problems: readonly MenuProblem[]): Node {
  const lines = linesOf(text);
  const labels = new Map(tree.queues.map((queue) => [queue.name, queue.label]));
  const placed = new Set<MenuProblem>();
  const at = (path: string): MenuProblem[] => {
    const here = problems.filter((problem) => pathAt(lines, problem.line) === path);
    here.forEach((problem) => placed.add(problem));
    return here;
  };
  const human = (queue: string): string => `人工 · ${labels.get(queue) ?? (queue || "未写明")}`;

  function leaf(path: string, key: string, target: Target, id: string, above: readonly string[]): Node {
    const node: Node = { id, key, label: "", kind: "unknown", prompt: "", line: lines.get(path) ?? null, problems: at(path), children: [] };
    if (target.again) return { ...node, kind: "again", label: "重听" };
    if (target.menu) {
      if (target.menu in tree.menus && !above.includes(target.menu)) return { ...menu(target.menu, key, id, above), problems: [...node.problems, ...menuProblems(target.menu)] };
      return { ...node, label: `菜单 ${target.menu}` };
    }
    if (target.service) {
      const service = tree.services[target.service];
      return {
        ...node, kind: "service", label: `自助 · ${target.service}`, prompt: service?.prompt ?? "",
        problems: [...node.problems, ...at(`services.${target.service}`), ...at(`services.${target.service}.prompt`), ...at(`services.${target.service}.human`)],
        children: service ? [{ id: `${id}/0`, key: "0", label: human(service.human), kind: "human", prompt: "", line: null, problems: [], children: [] }] : [],
      };
    }
    if (target.human !== undefined && target.human !== null) return { ...node, kind: "human", label: human(target.human) };
    return { ...node, label: "没有去处" };
  }

  function menuProblems(name: string): MenuProblem[] {
    return ["", ".prompt", ".keys", ".wait_seconds", ".tries"].flatMap((part) => at(`menus.${name}${part}`));
  }

  function menu(name: string, key: string, id: string, above: readonly string[]): Node {
    const part = tree.menus[name] as MenuPart;
    const path = `menus.${name}`;
    const inside = [...above, name];
    const children = Object.entries(part.keys).map(([digit, target]) => leaf(`${path}.keys.${digit}`, digit, target, `${id}/${digit}`, inside));
    children.push(leaf(`${path}.on_timeout`, "无按键", part.on_timeout, `${id}/timeout`, inside));
    children.push(leaf(`${path}.on_invalid`, "按错键", part.on_invalid, `${id}/invalid`, inside));
    return { id, key, label: `菜单 ${name}`, kind: "menu", prompt: part.prompt, line: lines.get(path) ?? part.line, problems: [], children };
  }

  const root: Node = { id: "root", key: "", label: "来电", kind: "root", prompt: "", line: null, problems: [], children: [] };
  if (tree.voice) {
    const words = Object.entries(tree.voice.words).map(([word, target]) => leaf(`voice.words.${word}`, `“${word}”`, target, `voice/${word}`, Object.keys(tree.menus)));
    root.children.push({ id: "voice", key: "语音", label: "说出需求", kind: "menu", prompt: tree.voice.prompt, line: lines.get("voice") ?? tree.voice.line, problems: [...at("voice"), ...at("voice.prompt"), ...at("voice.words")], children: words });
  }
  if (tree.mode === "zero_level") root.children.push({ id: "human", key: "", label: human(tree.human), kind: "human", prompt: "", line: lines.get("human") ?? null, problems: at("human"), children: [] });
  else if (tree.start in tree.menus) root.children.push({ ...menu(tree.start, "", "start", []), problems: menuProblems(tree.start) });
  // What no path leads to, and what stands elsewhere in the file, is shown at the root.
  root.problems = problems.filter((problem) => !placed.has(problem));
  root.prompt = tree.greeting["normal"] ?? "";
  return root;
}

/** How many problems a node and all under it have. */
export function countOf(node: Node): number {
  return node.problems.length + node.children.reduce((sum, child) => sum + countOf(child), 0);
}
