// @vitest-environment happy-dom
import { beforeEach, expect, it, vi } from "vitest";

beforeEach(() => {
  sessionStorage.clear();
  vi.resetModules();
});

async function opened(): Promise<string> {
  const { tabName } = await import("./tab");
  expect(tabName()).toBe(tabName());
  return tabName();
}

it("is a plain word that a reload keeps", async () => {
  const name = await opened();
  expect(name).toMatch(/^[A-Za-z0-9_-]{8,64}$/);
  dispatchEvent(new Event("pagehide"));
  vi.resetModules();
  expect(await opened()).toBe(name);
});

it("is another one in a copy of an open window", async () => {
  const name = await opened();
  vi.resetModules();
  expect(await opened()).not.toBe(name);
});
