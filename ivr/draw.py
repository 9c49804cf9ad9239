"""Draws a menu file as a tree: what a caller hears and where each key leads."""

from __future__ import annotations

from rich.text import Text
from rich.tree import Tree

from .greeting import KINDS
from .model import ZERO_LEVEL, Again, Human, Menu, MenuFile, OpenMenu, Target, Voice
from .voice import HUMAN_WORDS

_KIND_NAMES = {"normal": "平日", "new_year": "元旦、春节", "festival": "其他节日"}


def draw(menu: MenuFile) -> Tree:
    """Return the tree of a checked menu file for ``rich``; texts are never read as markup."""
    tree = Tree(Text("来电", style="bold"))
    greeting = tree.add(Text("问候语"))
    for kind in KINDS:
        greeting.add(Text(f"{_KIND_NAMES[kind]}: {menu.greeting_text(kind)}"))
    if menu.mode == ZERO_LEVEL:
        tree.add(Text(f"零层级: 直接转人工 {menu.queue}", style="green"))
    else:
        if menu.voice is not None:
            _voice(tree, menu, menu.voice)
        _menu(tree, menu, menu.menus[menu.start])
    return tree


def _voice(above: Tree, menu: MenuFile, voice: Voice) -> None:
    node = above.add(Text(f"语音导航: {voice.text}", style="bold"))
    for word, target in voice.words.items():
        node.add(_ending(menu, f"“{word}”", target, said=True))
    node.add(Text(f"说“{'、'.join(HUMAN_WORDS)}”或按 0: 转人工；{voice.wait_seconds} 秒无应答: 按键菜单"))


def _menu(above: Tree, menu: MenuFile, part: Menu) -> None:
    node = above.add(Text(f"菜单 {part.name}: {part.text}", style="bold"))
    for digit, target in sorted(part.keys.items()):
        if isinstance(target, OpenMenu):
            _menu(node.add(Text(f"按 {digit}")), menu, menu.menus[target.menu])
        else:
            node.add(_ending(menu, digit, target))
    node.add(Text(f"无应答 {part.wait_seconds} 秒，共播 {part.tries} 遍: 转人工 {part.on_timeout.queue}"))
    node.add(Text(f"按错键: 转人工 {part.on_invalid.queue}"))


def _ending(menu: MenuFile, digit: str, target: Target, *, said: bool = False) -> Text:
    by = f"说{digit}" if said else f"按 {digit}"
    if isinstance(target, Human):
        return Text(f"{by}: 转人工 {target.queue}", style="green")
    if isinstance(target, Again):
        return Text(f"{by}: 重听")
    if isinstance(target, OpenMenu):
        return Text(f"{by}: 菜单 {target.menu}")
    service = menu.services[target.service]
    return Text(f"{by}: 自助 {service.name}: {service.text}", style="cyan")
