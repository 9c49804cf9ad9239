import { afterEach, describe, expect, it, vi } from "vitest";

import { api, ask, got, onSignedOut, Problem } from "./api";

const PROBLEM = { type: "urn:hotline:access.refused", status: 403, detail: "needs another role", needs: ["admin"] };

function answering(status: number, body: string | null, kind = "application/json"): ReturnType<typeof vi.fn> {
  const asked = vi.fn(() => Promise.resolve(new Response(body, { status, headers: { "Content-Type": kind } })));
  vi.stubGlobal("fetch", asked);
  return asked;
}

async function problemOf(asking: Promise<unknown>): Promise<Problem> {
  try {
    await asking;
  } catch (error) {
    expect(error).toBeInstanceOf(Problem);
    return error as Problem;
  }
  throw new Error("no problem was told");
}

const WAYS: [string, () => Promise<unknown>][] = [
  ["typed", () => got(api.GET("/api/v1/session"))],
  ["plain", () => ask("GET", "/api/v1/session")],
];

afterEach(() => {
  onSignedOut.tell = () => undefined;
});

describe.each(WAYS)("the %s way to the API", (_name, asking) => {
  it("gives the body", async () => {
    answering(200, '{"signed_in":false}');
    expect(await asking()).toEqual({ signed_in: false });
  });

  it("tells a problem with its stable id and members", async () => {
    answering(403, JSON.stringify(PROBLEM), "application/problem+json");
    const problem = await problemOf(asking());
    expect([problem.id, problem.status, problem.more["needs"]]).toEqual(["access.refused", 403, ["admin"]]);
    expect(problem.message).toBe("没有权限进行此操作：needs another role");
  });

  it("makes sense of a proxy's page", async () => {
    answering(502, "<h1>Bad Gateway</h1>", "text/html");
    const problem = await problemOf(asking());
    expect([problem.id, problem.message]).toEqual(["http.502", "请求未能完成（502）"]);
  });

  it("tells a lost network", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    const problem = await problemOf(asking());
    expect([problem.status, problem.retryable]).toEqual([0, true]);
  });

  it("tells everybody that the session is over", async () => {
    answering(401, "{}");
    const told = vi.fn();
    onSignedOut.tell = told;
    await problemOf(asking());
    expect(told).toHaveBeenCalledOnce();
  });

  it("takes a wrong password for no end of the session", async () => {
    answering(401, '{"type":"urn:hotline:access.wrong","detail":"this is not right"}');
    const told = vi.fn();
    onSignedOut.tell = told;
    expect((await problemOf(asking())).message).toBe("密码或令牌不正确");
    expect(told).not.toHaveBeenCalled();
  });

  it("knows no problem by the name of what every object has", async () => {
    answering(422, '{"type":"urn:hotline:constructor"}');
    expect((await problemOf(asking())).message).toBe("提交的内容有误");
  });
});

describe("a query", () => {
  it("holds what was given and nothing empty", async () => {
    const asked = answering(200, "{}");
    await ask("GET", "/api/v1/calls", { query: { q: "a&b=ü", limit: 20, after: null, until: undefined, who: "" } });
    expect(asked.mock.calls[0]?.[0]).toBe("/api/v1/calls?q=a%26b%3D%C3%BC&limit=20");
  });
});
