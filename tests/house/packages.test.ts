/** Tests that the Worker contains each library once, because the bundle includes every installed version. */
import { expect, test } from "vitest"
import { read } from "./project.ts"

interface Locked {
  dev?: boolean
  optional?: boolean
}

test("no library of the Worker is installed in two versions", () => {
  const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, Locked> }
  const shipped = Object.entries(packages).flatMap(([path, { dev, optional }]) =>
    path === "" || dev || optional ? [] : [path.replace(/^.*node_modules\//, "")],
  )
  expect(shipped).toEqual(expect.arrayContaining(["fast-xml-parser", "feedsmith", "entities", "sanitize-html"]))
  expect(shipped.filter((name, at) => shipped.indexOf(name) !== at)).toEqual([])
})
