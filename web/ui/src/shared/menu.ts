/** The menu of the frame: sections by the first word of an address, pages in the order of the routes. Pure. */

import type { RouteMeta } from "vue-router";

export interface Entry {
  path: string;
  title: string;
}

export interface Section extends Entry {
  pages: Entry[];
}

const SECTION_NAMES: Readonly<Record<string, string>> = { ops: "运行", admin: "管理" };

interface Page {
  path: string;
  meta?: RouteMeta;
}

/** Return the sections with the pages that one may see; a section leads to its first page. */
export function sectionsOf(pages: readonly Page[], may: (roles: RouteMeta["roles"]) => boolean): Section[] {
  const sections = new Map<string, Section>();
  for (const { path, meta } of pages) {
    if (!meta?.menu || !may(meta.roles)) continue;
    const word = path.split("/")[1] ?? "";
    const entry = { path, title: meta.title ?? path };
    const section = sections.get(word);
    if (section === undefined) {
      sections.set(word, { path, title: SECTION_NAMES[word] ?? entry.title, pages: [entry] });
    } else section.pages.push(entry);
  }
  return [...sections.values()];
}

/** Return the section that an address belongs to. */
export function sectionOf(sections: readonly Section[], path: string): Section | undefined {
  const word = path.split("/")[1];
  return sections.find((section) => section.path.split("/")[1] === word);
}
