/** Tests that openapi.json and its page are current, describe every route, and are served with the right headers. */
import { Validator } from "@seriousme/openapi-schema-validator"
import { build } from "esbuild"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { unstable_startWorker } from "wrangler"
import { type Content, openApi, type ParameterObject, type ResponseObject } from "../../scripts/openapi-document.ts"
import { builtFiles } from "../../scripts/openapi-files.ts"
import { exampleViolations } from "../validity/api.ts"
import { read } from "./project.ts"

type Reader = (values: string[], name: string) => unknown

interface Route {
  method: string
  path: string
  handler: { readers?: Record<string, Reader> }
}

/** The path is in a variable, so that the compiler does not check the Worker with the types of Node. */
const ROUTES = new URL("../../src/api/routes.ts", import.meta.url).href
const { api } = (await import(ROUTES)) as { api: { routes: Route[] } }
const routes = api.routes.filter(({ method }) => method !== "ALL")

const document = openApi()
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    ...operation,
    name: `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`,
    parameters: operation.parameters.map((it) => resolved<ParameterObject>(it)),
    responses: Object.values(operation.responses).map((it) => resolved<ResponseObject>(it)),
  })),
)

function resolved<T extends object>(it: T | { $ref: string }): T {
  if (!("$ref" in it)) return it
  const [, , kind = "", name = ""] = it.$ref.split("/")
  return document.components[kind]?.[name] as T
}

test.each(Object.entries(builtFiles()))("%s is current", (path, text) => {
  expect(read(path) === text, `${path} is not up to date: run \`npm run openapi\` and read the difference`).toBe(true)
})

test("openapi.json is valid OpenAPI 3.1 by an independent schema", async () => {
  const validator = new Validator()
  expect(await validator.validate(JSON.parse(read("public/openapi.json")))).toEqual({ valid: true })
  expect(validator.version).toBe("3.1")
})

test("every route of the API is described, and nothing else", () => {
  const there = [...new Set(routes.map(({ method, path }) => `${method} ${path}`))]
  expect(operations.map(({ name }) => name).sort()).toEqual(there.sort())
})

test("operation ids are unique", () => {
  const ids = operations.map(({ operationId }) => operationId)
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
})

const readersOf = (name: string): Record<string, Reader> =>
  Object.assign(
    {},
    ...routes.filter(({ method, path }) => `${method} ${path}` === name).map(({ handler }) => handler.readers ?? {}),
  )

describe.each(operations)("$name", ({ name, parameters }) => {
  const readers = readersOf(name)
  const inQuery = parameters.filter((it) => it.in === "query")

  test("every parameter of the route is described, and no other", () => {
    expect(inQuery.map((it) => it.name).sort()).toEqual(Object.keys(readers).sort())
    const inPath = [...name.matchAll(/:(\w+)/g)].map(([, part]) => part)
    expect(parameters.filter((it) => it.in === "path").map((it) => it.name)).toEqual(inPath)
  })

  test.each(inQuery.map((it) => [it.name, it] as const))(
    "%s accepts the described values, and no others",
    async (_, parameter) => {
      const reader = readers[parameter.name] as Reader
      const accepts = async (values: string[]): Promise<boolean> => {
        try {
          await reader(values, parameter.name)
          return true
        } catch {
          return false
        }
      }
      for (const values of within(parameter)) expect([values, await accepts(values)]).toEqual([values, true])
      for (const values of beyond(parameter)) expect([values, await accepts(values)]).toEqual([values, false])
      const { default: byDefault } = parameter.schema
      if (byDefault !== undefined) expect(reader([], parameter.name)).toBe(byDefault)
    },
  )
})

interface Limits {
  type?: string
  minimum?: number
  maximum?: number
  maxLength?: number
  maxItems?: number
  enum?: string[]
  items?: Limits
}

/** Values at the described limits. */
function within({ schema, example }: ParameterObject): string[][] {
  const { minimum, maximum, maxLength, maxItems, items = {}, enum: options = [] } = schema as Limits
  const length = maxLength ?? items.maxLength
  return [
    ...(example === undefined ? [] : [[example].flat().map(String)]),
    ...[minimum, maximum].flatMap((limit) => (limit === undefined ? [] : [[String(limit)]])),
    ...(maxItems === undefined ? [] : [several(maxItems)]),
    ...(length === undefined || isLanguage(length) ? [] : [["x".repeat(length)]]),
    ...options.map((option) => [option]),
    ...(items.enum ? [items.enum, [items.enum.join(",")]] : []),
  ]
}

/** Values just beyond the described limits. */
function beyond({ schema }: ParameterObject): string[][] {
  const { minimum, maximum, maxLength, maxItems, items = {}, enum: options } = schema as Limits
  const length = maxLength ?? items.maxLength
  return [
    ...(minimum === undefined ? [] : [[String(minimum - 1)]]),
    ...(maximum === undefined ? [] : [[String(maximum + 1)]]),
    ...(maxItems === undefined ? [] : [several(maxItems + 1)]),
    ...(length === undefined ? [] : [["x".repeat(length + 1)]]),
    ...(options || items.enum ? [["something-else"]] : []),
    ...(schema.type === "array" ? [] : [["1", "1"]]),
  ]
}

/** Distinct values that are valid as languages, slugs and tags. */
const several = (count: number): string[] =>
  Array.from({ length: count }, (_, no) => `a${String.fromCharCode(97 + no)}`)

/** Only languages have this limit, and they must also match a pattern. */
const isLanguage = (length: number): boolean => length === 35

test("every example of a parameter is valid", () => {
  const shown = operations.flatMap(({ name, parameters }) =>
    parameters.flatMap(({ name: parameter, schema, example }) =>
      [example, schema.default].flatMap((value) => (value === undefined ? [] : [{ name, parameter, schema, value }])),
    ),
  )
  expect(shown.length).toBeGreaterThan(operations.length)
  const wrong = shown.flatMap(({ name, parameter, schema, value }) =>
    exampleViolations(value, schema).map((violation) => `${name} ${parameter}: ${violation}`),
  )
  expect(wrong).toEqual([])
})

test("every example of a body is valid", () => {
  const contents = operations.flatMap(({ name, responses, requestBody }) => [
    ...responses.flatMap(({ content }) => (content ? [{ name, content }] : [])),
    ...(requestBody ? [{ name, content: requestBody.content }] : []),
  ])
  const shown = contents.flatMap(({ name, content }) =>
    Object.entries(content as Content).flatMap(([type, { schema, example, examples = {} }]) =>
      [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)].map(
        (value) => ({
          ...{ name, type, schema, value },
        }),
      ),
    ),
  )
  expect(shown.length).toBeGreaterThan(operations.length)
  const wrong = shown.flatMap(({ name, type, schema, value }) =>
    exampleViolations(value, schema).map((violation) => `${name} ${type}: ${violation}`),
  )
  expect(wrong).toEqual([])
})

test("no schema and no converter is part of the Worker", async () => {
  const { metafile } = await build({
    entryPoints: ["src/index.ts"],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    alias: { postcss: "./src/html/stub.ts", dayjs: "./src/html/stub.ts" },
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
  })
  const parts = Object.keys(metafile.inputs)
  expect(parts).toEqual(expect.arrayContaining(["src/api/resources/articles.ts", "src/site/feed-page.tsx"]))
  expect(parts.filter((path) => /to-json-schema|api\/json\/schema|api\/client|json-schema|openapi/.test(path))).toEqual(
    [],
  )
})

describe("the served document", () => {
  let worker: Awaited<ReturnType<typeof unstable_startWorker>>
  let origin: URL
  const ask = (path: string): Promise<Response> => fetch(new URL(path, origin), { redirect: "manual" })

  beforeAll(async () => {
    Object.assign(process.env, { CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false" })
    worker = await unstable_startWorker({
      config: "wrangler.toml",
      dev: { server: { port: 0 }, inspector: false, logLevel: "error", persist: false, watch: false },
    })
    // This never resolves if the Worker does not build.
    origin = await worker.url
  }, 60_000)
  afterAll(() => worker?.dispose())

  test("scripts of any origin may read openapi.json, and it is revalidated", async () => {
    const answer = await ask("/openapi.json")
    expect(answer.status).toBe(200)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "application/json",
      "access-control-allow-origin": "*",
      "cache-control": "public, max-age=300",
      "x-content-type-options": "nosniff",
    })
    expect(answer.headers.get("etag")).toBeTruthy()
    expect(await answer.text()).toBe(read("public/openapi.json"))
  })

  test("the page is at /docs, and may load nothing but its own style", async () => {
    const answer = await ask("/docs")
    expect(answer.status).toBe(200)
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8")
    expect(answer.headers.get("content-security-policy")).toBe(
      "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    const html = await answer.text()
    expect(html).toBe(read("public/docs.html"))
    expect(html.match(/<script|<style|\sstyle=|\son\w+=|javascript:/i)).toBeNull()
    for (const [, path = ""] of html.matchAll(/<link [^>]*href="([^"]+)"/g))
      expect([path, (await ask(path)).status]).toEqual([path, 200])
  })

  test("other spellings of its address redirect to it, and nothing is below it", async () => {
    for (const path of ["/docs/", "/docs.html"]) {
      const answer = await ask(path)
      expect([answer.status, answer.headers.get("location")]).toEqual([307, "/docs"])
    }
    const answer = await ask("/docs/articles")
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      404,
      "application/problem+json; charset=utf-8",
    ])
  })
})

test("the page has a target for every internal link, each once, and headings in order", () => {
  const html = read("public/docs.html")
  const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id = ""]) => id)
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
  const targets = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id = ""]) => id)
  expect(targets.filter((id) => !ids.includes(id))).toEqual([])
  const levels = [...html.slice(html.indexOf("<main")).matchAll(/<h([1-6])/g)].map(([, level]) => Number(level))
  expect(levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1)).toEqual([])
})
